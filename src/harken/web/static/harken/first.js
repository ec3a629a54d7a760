// Runs before anything is drawn: says that scripts work, so that what needs them can show.
document.documentElement.classList.add("js");
