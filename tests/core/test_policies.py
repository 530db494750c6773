"""What a project may be told to do, and that what was once stored goes on opening."""

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services import projects
from core.services.policies import Policy, Rates
from core.tasks.fitting import problems_of
from tests import factories


@pytest.mark.parametrize("code", ["USD", "SGD", "CNY"])
def test_rates_are_in_a_currency_that_there_is(code: str) -> None:
    assert Rates(currency=code).currency == code


@pytest.mark.parametrize("code", ["XQX", "usd", "U$D", "元元元"])
def test_other_three_characters_are_refused_with_what_to_write(code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Rates.model_validate({"currency": code})
    ((path, problem),) = problems_of(refused.value)
    assert path == "currency"
    assert str(problem) == f"{code} is not a currency code. Use one of ISO 4217, such as USD, SGD or CNY."


@pytest.mark.parametrize("name", ["a\nb", "x" * 101])
def test_a_license_is_a_name_in_one_line(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Policy.model_validate({"license": name})
    ((path, problem),) = problems_of(refused.value)
    assert (path, str(problem)) == ("license", "A license is a name in one line of at most 100 characters.")


def test_a_project_whose_currency_was_taken_earlier_still_opens(session: Session) -> None:
    factories.a_project(session, "old", policy={"rates": {"currency": "XQX", "per_hour": "9.00"}})
    assert projects.get(session, SYSTEM, "old").policy.rates.currency == "XQX"
