"""A shopper without a mouse: goes from control to control with Tab, and sees where the focus is at each stop."""

from playwright.sync_api import Locator, Page

STOPS = 120  # a page on which the way to a control is longer than this is one that nobody walks

# Whether the focused element is on the screen, uncovered, and marked. A card's link is marked around the whole card.
SEEN = """() => {
  const element = document.activeElement;
  const [box] = element.getClientRects();
  const outlined = [null, "::after"].some((part) => getComputedStyle(element, part).outlineStyle !== "none");
  const top = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const uncovered = top && (element.contains(top) || top.contains(element) || element.labels?.[0]?.contains(top));
  return outlined && uncovered ? "" : element.outerHTML;
}"""


class Keyboard:
    """Presses keys, nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, control: Locator) -> None:
        """Press Tab until `control` has the focus; AssertionError where a stop on the way cannot be seen."""
        for _stop in range(STOPS):
            self.page.keyboard.press("Tab")
            unseen = self.page.evaluate(SEEN)
            assert not unseen, f"the focus cannot be seen on {unseen}"
            if _has_focus(control):
                return
        raise AssertionError(f"{STOPS} times Tab, and never at {control}")

    def skip_to_content(self) -> None:
        """The first Tab of a page finds the link past its header."""
        self.tab_to(self.page.get_by_role("link", name="Skip to the content"))
        self.page.keyboard.press("Enter")

    def press(self, control: Locator, key: str = "Enter") -> None:
        """Go to `control` and press a key on it."""
        self.tab_to(control)
        self.page.keyboard.press(key)

    def write(self, label: str, words: str) -> None:
        """Go to the field of this label and write into it."""
        self.tab_to(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(words)


def _has_focus(control: Locator) -> bool:
    """Asked again where a page that changed by itself has put another element into its place meanwhile."""
    answer = None
    while answer is None:
        answer = control.evaluate("element => element.isConnected ? element === document.activeElement : null")
    return bool(answer)
