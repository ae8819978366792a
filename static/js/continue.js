/* Goes on by itself where the page says that it will: two seconds, time enough to read why. */

const link = document.querySelector("a[data-continue]");
if (link) setTimeout(() => location.replace(link.href), 2000);
