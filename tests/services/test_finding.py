"""Finding things, in Chromium: suggestions by keyboard, filters that act at once, and all of it without JavaScript."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


@pytest.fixture
def problems(page: Page) -> list[str]:
    """What the browser complains of."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_suggestions_are_chosen_by_keyboard(stack: Stack, page: Page, problems: list[str]) -> None:
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")
    field.press_sequentially("rioj")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_contain_text("Rioja")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("rioj")
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/region/rioja/")
    assert not problems


def test_filters_act_at_once_and_go_back_with_the_browser(stack: Stack, page: Page, problems: list[str]) -> None:
    page.goto("/category/red/")
    articles = page.get_by_role("main").get_by_role("article")
    before = articles.count()
    box = page.get_by_role("checkbox", name="Spain")
    box.focus()
    box.press("Space")
    page.wait_for_url("**/category/red/?country=spain")
    chip = page.get_by_role("link", name="Remove the filter Spain")
    expect(chip).to_be_visible()
    assert articles.count() < before
    expect(page.get_by_role("checkbox", name="Spain")).to_be_focused()
    page.go_back()
    expect(chip).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Spain")).not_to_be_checked()
    expect(articles).to_have_count(before)
    assert not problems


def test_finding_works_without_javascript(stack: Stack, browser: Browser) -> None:
    phone: ViewportSize = {"width": 390, "height": 844}
    context = browser.new_context(base_url=stack.url, java_script_enabled=False, viewport=phone)
    page = context.new_page()
    page.goto("/category/red/")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("checkbox", name="Spain").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Remove the filter Spain")).to_be_visible()
    page.get_by_role("link", name="Remove the filter Spain").click()
    expect(page.get_by_role("link", name="Remove the filter Spain")).to_have_count(0)
    page.get_by_label("Search the shop").fill("rioaj")
    page.get_by_role("search").get_by_role("button", name="Search").click()
    expect(page.get_by_role("main")).to_contain_text("Did you mean rioja?")
    context.close()
