"""The person at the consent page, for the Python drivers: the twin of `person.mjs`, which has the contract.

Reads the form with the standard library's parser and answers it over the HTTP client that the SDK brings.
"""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

try:
    import httpx2 as httpx
except ModuleNotFoundError:
    # The SDK's version 1 has the same by an older name.
    import httpx


async def approve(authorize_url, api_key):
    """Approves. Returns the URL that the browser is sent to, which carries what a client needs."""
    asked = urlsplit(authorize_url)
    redirect = await answer_consent(authorize_url, api_key)
    answered = dict(parse_qsl(urlsplit(redirect).query))
    if "error" in answered or "code" not in answered:
        raise RuntimeError(f"the redirect carries no code: {answered.get('error')}")
    if answered.get("state") != dict(parse_qsl(asked.query)).get("state"):
        raise RuntimeError("the redirect carries another state than the request")
    if answered.get("iss") != f"{asked.scheme}://{asked.netloc}":
        raise RuntimeError(f"the redirect names the issuer {answered.get('iss')} (RFC 9207)")
    return redirect


async def answer_consent(authorize_url, api_key, decision="approve"):
    """Opens the page, types the key, presses the button. Returns the URL that the browser is sent to."""
    async with httpx.AsyncClient(follow_redirects=False, timeout=30) as browser:
        page = await browser.get(authorize_url, headers={"accept": "text/html"})
        if page.status_code != 200:
            raise RuntimeError(f"the consent page answered {page.status_code}: {page.text[:300]}")
        form = parse_form(page.text)
        origin = urlsplit(authorize_url)
        # The cookie jar of `browser` carries the page's cookie, as a browser's would.
        answer = await browser.post(
            urljoin(authorize_url, form.action or ""),
            data={**form.hidden, "api_key": api_key, "decision": decision},
            headers={"accept": "text/html", "origin": f"{origin.scheme}://{origin.netloc}"},
        )
    if answer.status_code != 303 or "location" not in answer.headers:
        raise RuntimeError(f"the consent form answered {answer.status_code}: {answer.text[:300]}")
    return urljoin(authorize_url, answer.headers["location"])


def parse_form(html):
    """The page's one POST form: `action` (None when absent) and `hidden`, its hidden inputs by name."""
    reader = FormReader()
    reader.feed(html)
    if len(reader.forms) != 1:
        raise ValueError(f'expected one <form method="post"> on the consent page, found {len(reader.forms)}')
    return reader.forms[0]


class Form:
    """One POST form of a page."""

    def __init__(self, action):
        self.action = action
        self.hidden = {}


class FormReader(HTMLParser):
    """Collects every POST form of a page with its hidden inputs."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.open_form = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and (attributes.get("method") or "").lower() == "post":
            self.open_form = Form(attributes.get("action"))
            self.forms.append(self.open_form)
        elif tag == "input" and self.open_form and (attributes.get("type") or "").lower() == "hidden":
            if attributes.get("name"):
                self.open_form.hidden[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.open_form = None
