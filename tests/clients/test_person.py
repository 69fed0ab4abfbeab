"""Unit tests of the Python form reader (`python -m unittest`); the page is the one of `person.test.mjs`."""

import unittest

from person import parse_form

PAGE = """<!doctype html><head><title>t</title></head>
<!-- <form method="post"><input type="hidden" name="ghost" value="1"></form> -->
<form action='/search'><input type=hidden name=q value=1></form>
<FORM class="card" METHOD=post
      action="/authorize?a=1&amp;b=2">
  <input type="hidden" name="transaction" value="a&#x2b;b&#47;c&quot;d&gt;e">
  <input name='csrf' value='it&apos;s' type='hidden'/>
  <input type=hidden name=empty>
  <input type="password" name="api_key" autocomplete="off">
  <button name="decision" value="approve">Approve</button>
</form><input type="hidden" name="outside" value="x">"""


class ParseForm(unittest.TestCase):
    def test_the_post_form_is_read_as_a_browser_reads_it(self):
        form = parse_form(PAGE)
        self.assertEqual(form.action, "/authorize?a=1&b=2")
        self.assertEqual(form.hidden, {"transaction": 'a+b/c"d>e', "csrf": "it's", "empty": ""})

    def test_a_page_without_exactly_one_post_form_is_refused(self):
        with self.assertRaisesRegex(ValueError, "found 0"):
            parse_form("<p>signed out</p>")
        with self.assertRaisesRegex(ValueError, "found 2"):
            parse_form("<form method=post></form><form method=post></form>")


if __name__ == "__main__":
    unittest.main()
