// Pages with a bar on top: menus that close when one leaves them, times in the reader's own words.
import { close_menus_when_left } from "./menus.js";
import { word_times } from "./times.js";

close_menus_when_left();
word_times();
