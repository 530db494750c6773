"""Attacks are run on the live server of the browser tests."""

from tests.e2e.conftest import browser, fresh_database, page, server

__all__ = ["browser", "fresh_database", "page", "server"]
