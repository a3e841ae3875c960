"""The guides that people follow work to the letter, from an empty directory to what the reader is told to see.

One letter is changed: `MIDDLEWARE_CLASSES`, which older guides say, has been `MIDDLEWARE` since Django 1.10. The
command for uWSGI in the README of dwebsocket is in test_servers_uwsgi.py.
"""

from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import websocket

from tests.support.helpers import LIMIT
from tests.support.projects import Project, await_log
from tests.support.servers import SERVERS, TROUBLE, running

GUIDES = Path(__file__).parent / "guides"
EXAMPLE = Path(__file__).parents[2] / "examples" / "one_page"
ON = ("runserver", "gunicorn gthread", "gunicorn gevent", "gevent.pywsgi")


@contextmanager
def served(project, server="runserver"):
    """Serve a project, and look at the log in the end. Yields its URL, its log, and a way to open WebSockets."""
    lacking = SERVERS[server].missing()
    if lacking:
        pytest.skip(f"{server} needs {', '.join(lacking)}")
    log = project.folder / "log"
    application = f"{project.name}.wsgi"
    with running(SERVERS[server], application, log, project.folder) as connect, ExitStack() as opened:
        address = f"127.0.0.1:{connect.port}"

        def open_websocket(path):
            client = websocket.create_connection(f"ws://{address}{path}", timeout=LIMIT)
            opened.callback(client.shutdown)
            return client

        yield SimpleNamespace(url=f"http://{address}", log=log, open=open_websocket, process=connect.process)
    assert [word for word in TROUBLE if word in log.read_text()] == [], log.read_text()


def handshake_status(site, path):
    """Ask for a WebSocket that is refused; return with which status."""
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        site.open(path)
    return refusal.value.status_code


def answer(site, path, message):
    """Open a WebSocket for one message; return what comes back."""
    client = site.open(path)
    client.send(message)
    return client.recv()


# The READMEs of dwebsocket and of django-websocket, which say the same in their own names

README_URLS = """
from django.urls import path
from echo import views

urlpatterns = [path('echo_once/', views.echo_once), path('lower_case/', views.lower_case)]
"""

OWN_VIEWS = """
from django.http import HttpResponse

def normal(request):
    for message in request.websocket or ():
        request.websocket.send('normal ' + message)
    return HttpResponse(str(request.is_websocket()))

def marked(request):
    for message in request.websocket or ():
        request.websocket.send('marked ' + message)
    return HttpResponse(str(request.websocket))

marked.accept_websocket = True
"""

OWN_URLS = """
urlpatterns += [path('normal/', views.normal), path('marked/', views.marked)]
"""


@pytest.fixture(scope="module", params=["dwebsocket", "django_websocket"])
def package(request):
    """The name under which the guide imports us."""
    return request.param


@pytest.fixture(scope="module")
def finished_readme(package, tmp_path_factory):
    """A new project with an app that has the README's two views, and two views more."""
    project = Project.start(tmp_path_factory.mktemp(package), "mysite")
    project.manage("startapp", "echo")
    project.add_to_list("INSTALLED_APPS", "    'echo',\n")
    project.write("echo/views.py", (GUIDES / f"{package}_readme" / "views.txt").read_text() + OWN_VIEWS)
    project.write("mysite/urls.py", README_URLS + OWN_URLS)
    return project


@pytest.fixture
def by_readme(finished_readme, tmp_path):
    return finished_readme.copy(tmp_path)


def test_readme_decorators_need_no_setting(by_readme):
    assert "no issues" in by_readme.manage("check")
    with served(by_readme) as site:
        client = site.open("/echo_once/")
        client.send("Hello")
        assert client.recv() == "Hello"
        assert client.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
        assert urlopen(f"{site.url}/lower_case/?message=Hello").read() == b"hello"
        client = site.open("/lower_case/")
        for message in ["ONE", "Two"]:
            client.send(message)
            assert client.recv() == message.lower()
        with pytest.raises(HTTPError, match="400"):
            urlopen(f"{site.url}/echo_once/")


def test_readme_middleware_lets_websockets_to_views_that_accept_them(by_readme, package):
    by_readme.add_to_list("MIDDLEWARE", f"    '{package}.middleware.WebSocketMiddleware',\n")
    assert "no issues" in by_readme.manage("check")
    with served(by_readme) as site:
        assert handshake_status(site, "/normal/") == 400
        assert urlopen(f"{site.url}/normal/").read() == b"False"
        assert answer(site, "/marked/", "view") == "marked view"
        assert urlopen(f"{site.url}/marked/").read() == b"None"
        assert answer(site, "/echo_once/", "Hello") == "Hello"
        assert answer(site, "/lower_case/", "Hello") == "hello"


def test_readme_accept_all_lets_websockets_to_every_view(by_readme, package):
    by_readme.add_to_list("MIDDLEWARE", f"    '{package}.middleware.WebSocketMiddleware',\n")
    by_readme.add_settings("WEBSOCKET_ACCEPT_ALL = True\n")
    assert "no issues" in by_readme.manage("check")
    with served(by_readme) as site:
        assert answer(site, "/normal/", "view") == "normal view"
        assert answer(site, "/marked/", "view") == "marked view"
        assert answer(site, "/echo_once/", "Hello") == "Hello"


# "How to use Websockets in Django": its steps, with the page and the view of our example in the place of those lost


@pytest.fixture(scope="module")
def by_how_to(tmp_path_factory):
    project = Project.start(tmp_path_factory.mktemp("how_to"), "how_to")
    project.write("templates/index.html", (EXAMPLE / "templates" / "index.html").read_text())
    project.replace("'DIRS': []", "'DIRS': [BASE_DIR / 'templates']")
    project.add_to_list("MIDDLEWARE", "    'dwebsocket.middleware.WebSocketMiddleware',\n")
    project.write("how_to/views.py", (EXAMPLE / "one_page" / "views.py").read_text())
    project.write("how_to/urls.py", (EXAMPLE / "one_page" / "urls.py").read_text())
    return project


def test_how_to_receives_a_message_sends_it_back_and_closes(by_how_to):
    assert "no issues" in by_how_to.manage("check")
    with served(by_how_to) as site:
        assert b"<form>" in urlopen(site.url).read()
        client = site.open("/")
        client.send("Hello")
        assert client.recv() == "Hello"
        assert client.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE


def test_how_to_page_shows_what_came_back(by_how_to, browser):
    with served(by_how_to) as site:
        page = browser.open(site.url)
        page.type("#message", "Hello\n")
        page.await_texts("li", "sent: Hello", "received: Hello")
        page.await_texts("#state", "closed by the server")


# The tutorial

FIRST_VIEWS = (GUIDES / "tutorial" / "views.txt").read_text()
# "Here's how you could modify the chat_view": what is above that view stays.
BROADCASTING_VIEWS = (
    FIRST_VIEWS.partition("# This view handles")[0] + (GUIDES / "tutorial" / "views_broadcasting.txt").read_text()
)


@pytest.fixture(scope="module")
def finished_tutorial(tmp_path_factory):
    """Steps 1 to 4 of the tutorial."""
    project = Project.start(tmp_path_factory.mktemp("tutorial"), "myproject")
    project.replace(
        "    'django.contrib.staticfiles',\n",
        "    'django.contrib.staticfiles',\n    'dwebsocket',  # Add dwebsocket here\n",
    )
    project.replace_list("MIDDLEWARE", (GUIDES / "tutorial" / "middleware.txt").read_text())
    project.manage("startapp", "chat")
    project.add_to_list("INSTALLED_APPS", "    'chat',\n")
    project.write("myproject/urls.py", (GUIDES / "tutorial" / "urls.txt").read_text())
    project.write("chat/views.py", FIRST_VIEWS)
    project.write("chat/templates/chat/chat.html", (GUIDES / "tutorial" / "chat.txt").read_text())
    return project


@pytest.fixture
def by_tutorial(finished_tutorial, tmp_path):
    return finished_tutorial.copy(tmp_path)


@pytest.fixture
def by_tutorial_with_page(by_tutorial):
    """With an address for the page, which the tutorial forgets."""
    urls = (GUIDES / "tutorial" / "urls.txt").read_text()
    by_tutorial.write("myproject/urls.py", urls + "urlpatterns += [path('chat/', chat_views.chat_page)]\n")
    return by_tutorial


def test_tutorial_says_what_you_said(by_tutorial):
    assert "no issues" in by_tutorial.manage("check")
    with served(by_tutorial) as site:
        client = site.open("/ws/chat/")
        for message in ["Hello, server!", "again"]:
            client.send(message)
            assert client.recv() == f"You said: {message}"
        client.close()
        assert "Received message: again" in site.log.read_text()


def test_tutorial_sends_the_browser_to_an_address_that_is_for_websockets_only(by_tutorial):
    """To the letter the reader sees a 400, which the tutorial itself has said of `require_websocket`."""
    with served(by_tutorial) as site:
        with pytest.raises(HTTPError, match="400") as refusal:
            urlopen(f"{site.url}/ws/chat/")
        assert "WebSocket" in refusal.value.read().decode()


@pytest.mark.parametrize("server", [ON[0], *(pytest.param(server, marks=pytest.mark.slow) for server in ON[1:])])
def test_tutorial_sends_to_all_other_clients(by_tutorial, server):
    by_tutorial.write("chat/views.py", BROADCASTING_VIEWS)
    assert "no issues" in by_tutorial.manage("check")
    with served(by_tutorial, server) as site:
        ann = site.open("/ws/chat/")
        await_log(site, "New client connected. Total clients: 1")
        bob = site.open("/ws/chat/")
        await_log(site, "New client connected. Total clients: 2")
        ann.send("from Ann")
        assert bob.recv() == "from Ann"
        bob.send("from Bob")
        assert ann.recv() == "from Bob"  # and not what Ann said herself
        bob.close()
        await_log(site, "Client disconnected. Total clients: 1")
        ann.send("anybody?")
        ann.close()
        await_log(site, "Client disconnected. Total clients: 0")


# What the page shows, and what it says in the console when the server is stopped. Chromium asks for an icon of the
# site, too, and the tutorial has none.
HELLO = "Connected to the chat server."
LOST = "Connection lost. Please refresh the page."
COMPLAINTS = ("/favicon.ico", "Chat socket closed unexpectedly.")


def unexpected(complaints):
    return [complaint for complaint in complaints if not any(words in complaint for words in COMPLAINTS)]


def test_tutorial_page_shows_what_was_said(by_tutorial_with_page, browser):
    with served(by_tutorial_with_page) as site:
        page = browser.open(f"{site.url}/chat/")
        page.await_texts("#messages p", HELLO)
        page.type("#input-box", "by the button")
        page.press("#send-button")
        page.await_texts("#messages p", HELLO, "You said: by the button")
    page.await_texts("#messages p", HELLO, "You said: by the button", LOST)
    assert unexpected(browser.complaints()) == []


def test_tutorial_pages_show_what_others_said(by_tutorial_with_page, browser):
    by_tutorial_with_page.write("chat/views.py", BROADCASTING_VIEWS)
    with served(by_tutorial_with_page) as site:
        ann, bob = (browser.open(f"{site.url}/chat/") for _ in range(2))
        await_log(site, "New client connected. Total clients: 2")
        ann.type("#input-box", "Enter sends, too\n")
        bob.await_texts("#messages p", HELLO, "Enter sends, too")
        ann.await_texts("#messages p", HELLO)
    ann.await_texts("#messages p", HELLO, LOST)
    bob.await_texts("#messages p", HELLO, "Enter sends, too", LOST)
    assert unexpected(browser.complaints()) == []
