"""Bias: what sways answers besides quality."""

from ui.insight import bias_page

bias_page.show()
