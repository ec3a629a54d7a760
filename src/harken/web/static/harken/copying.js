// A button that copies what stands beside it. Without scripts it is not there: the words can be marked by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.copied;
    const said = document.getElementById("copied");
    if (said) said.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; if (said) said.textContent = ""; }, 2000);
  });
}
