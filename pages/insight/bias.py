"""Bias: what sways answers besides quality."""

from ui import bias_page

bias_page.show()
