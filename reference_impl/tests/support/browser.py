"""Headless Chromium, driven by selenium.

Nothing is looked up or loaded from elsewhere: browser and driver are those of the system.
"""

import importlib.util
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from .helpers import LIMIT

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
SIZE = 640, 720
POLL = 0.02  # seconds between two looks at a page for what is awaited

# A profile of its own, no processes that report, no sandbox, which root cannot have.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    f"--window-size={SIZE[0]},{SIZE[1]}",
)

SEEN = """
const text = element => element.checkVisibility() ? element.innerText.trim() : "";
return Array.from(document.querySelectorAll(arguments[0]), text);
"""


def missing():
    """What a browser needs and is not here, as a reason to skip; empty if nothing is missing."""
    lacking = {
        "the package selenium": importlib.util.find_spec("selenium"),
        "a chromium on the path": CHROMIUM,
        "a chromedriver on the path": DRIVER,
    }
    names = [name for name, found in lacking.items() if not found]
    return f"pages need {' and '.join(names)} (see ci/browser)" if names else ""


@contextmanager
def chromium(folder: Path):
    """Start the browser, with all that it keeps in an empty folder. Yields selenium's driver of it."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    home = {"HOME": str(folder), "TMPDIR": str(folder), "SE_OFFLINE": "true", "SE_AVOID_STATS": "true"}
    driver = Chrome(options, ChromeService(DRIVER, env=os.environ | home))
    try:
        yield driver
    finally:
        driver.quit()


class Browser:
    """What a test opens, and what the browser had to complain of."""

    def __init__(self, driver):
        self.driver = driver
        self._first = driver.current_window_handle

    def open(self, url, width=None):
        """Open a page in a tab of its own, on request as wide as a phone."""
        self.driver.switch_to.new_window("tab")
        if width:
            screen = {"width": width, "height": 2 * width, "deviceScaleFactor": 1, "mobile": True}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        page = Page(self.driver, self.driver.current_window_handle)
        self.driver.get(url)
        return page

    def complaints(self):
        """Errors and warnings of the consoles of all pages since this was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] != "INFO"]

    def close_all(self):
        """Close what was opened; the last tab has to stay."""
        for handle in self.driver.window_handles:
            if handle != self._first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(self._first)
        self.complaints()


class Page:
    """One tab, looked at as a user does."""

    def __init__(self, driver, handle):
        self._driver = driver
        self._handle = handle

    @property
    def driver(self):
        """Selenium's driver, with this tab in front."""
        if self._driver.current_window_handle != self._handle:
            self._driver.switch_to.window(self._handle)
        return self._driver

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def texts(self, selector):
        """The text of each element that fits, as it is seen: empty for one that is hidden."""
        # In one go, since a page may replace its elements between two questions.
        return self.driver.execute_script(SEEN, selector)

    def await_texts(self, selector, *texts):
        """Wait until the elements that fit have these texts and there are no others."""
        self._until(lambda: self.texts(selector) == list(texts), lambda: f"{selector} is {self.texts(selector)}")

    def _until(self, condition, otherwise):
        from selenium.common import TimeoutException
        from selenium.webdriver.support.wait import WebDriverWait

        try:
            WebDriverWait(self.driver, LIMIT, POLL).until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(otherwise()) from None

    def type(self, selector, text):
        self.find(selector).send_keys(text)

    def press(self, selector):
        self.find(selector).click()

    def run(self, script, *arguments):
        """Run JavaScript whose last argument is a function to be called with the result, and return that."""
        self.driver.set_script_timeout(LIMIT)
        return self.driver.execute_async_script(script, *arguments)

    def leave(self):
        """Close the tab."""
        self.driver.close()
        self._driver.switch_to.window(self._driver.window_handles[0])
