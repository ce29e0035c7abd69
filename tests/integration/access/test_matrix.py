"""Every operation × every role × within and outside its subtree × the member concerned and another.

What the table grants is let in; what it does not grant is refused, and nothing of the member or the case is read.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import pytest

from deploy.documents import FOLDER
from deploy.process import SERVICES, definition
from shared.access.actor import ROLE_TITLES, Actor
from shared.access.table import allowing, decide
from tests.integration.access import places
from tests.integration.access.places import Khoi
from tests.integration.access.questions import Question, questions
from tests.integration.reporting.history import Reporting
from tests.integration.reviews.conftest import Office, office
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration
__all__ = ["office"]  # a fixture of the reviews tests, used here as well

OFFICES = [role for role in ROLE_TITLES if role != "member"]


def operations() -> Iterator[tuple[str, str, str]]:
    """Every operation of the published documents: service, ``METHOD /path``, action."""
    for service in SERVICES:
        document = msgspec.json.decode((FOLDER / f"{service}.openapi.json").read_bytes())
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if isinstance(operation, dict) and "x-action" in operation:
                    yield service, f"{method.upper()} {path}", operation["x-action"]


@pytest.fixture
def khoi(open_service: Callable[..., object], request: pytest.FixtureRequest) -> Callable[[str], Khoi]:
    """The small Khối of a service."""

    def made(service: str) -> Khoi:
        if service == "reviews":
            found: Office = request.getfixturevalue("office")
            return places.reviews(found)
        front = open_service(definition(service))
        if service == "reporting":
            return places.reporting(Reporting(front))  # type: ignore[arg-type]
        return {"members": places.members, "notifications": places.notifications}[service](front)  # type: ignore[arg-type]

    return made


def actors(khoi: Khoi) -> dict[str, Actor]:
    """Everybody who may ask: each office within the subtree, outside it and everywhere; members; nobody."""
    found: dict[str, Actor] = {
        "the member": a_member(khoi.member_id),
        "another member": a_member(khoi.another_member),
        "nobody": Actor(subject="nobody"),
    }
    for role in OFFICES:
        for where, organization in (("inside", khoi.inside), ("outside", khoi.outside), ("everywhere", "*")):
            found[f"{role} {where}"] = holding(role, organization)
    return found


def granted(actor: Actor, action: str, question: Question, khoi: Khoi) -> bool:
    """Say whether the table lets *actor* do this."""
    row = question.action or action
    if question.directly_above and all(grant.organization != khoi.inside for grant in actor.grants):
        return False
    if question.about == "own view":
        return bool(allowing(actor, row))
    if question.about == "own inbox":
        return actor.member_id == khoi.member_id
    path = {"everything": [], "root": khoi.cell[:1]}.get(question.about, khoi.cell)
    member_id = khoi.member_id if question.about == "member" else None
    return decide(actor, row, path=path, member_id=member_id) is not None


def sees_it(actor: Actor, action: str, khoi: Khoi) -> bool:
    """Say whether the member and the case are within what *actor* sees in a list."""
    return decide(actor, action, path=khoi.cell, member_id=khoi.member_id) is not None


class TestMatrix:
    """The table says it, the answers do it."""

    @pytest.mark.parametrize("service", SERVICES)
    def test_every_operation_by_everybody(self, khoi: Callable[[str], Khoi], service: str) -> None:
        here = khoi(service)
        known = questions(service, here.cell, here.member_id)
        todo = [(operation, action) for each, operation, action in operations() if each == service]
        wrong: list[str] = []
        for operation, action in todo:
            question = known.get(operation)
            if question is None:
                wrong.append(
                    f"{operation}: nobody says how it is asked (tests/integration/access/questions.py)"
                )
                continue
            wrong += problems(here, operation, action, question)
        assert not wrong, "\n".join(wrong)


def problems(khoi: Khoi, operation: str, action: str, question: Question) -> Sequence[str]:
    """Ask as everybody and return where an answer is another than the table's."""
    method, template = operation.split(" ")
    missing = dict.fromkeys(template_names(template), "nothing-of-that-name")
    path = template.format(**{**missing, **khoi.names})

    def ask(actor: Actor | None):
        return khoi.ask(
            actor,
            method,
            path,
            query=question.query,
            body=question.body,
            file=question.file,
            form=question.form,
        )

    found = []
    if ask(None).status_code != 401:
        found.append(f"{operation} without a token: {ask(None).status_code}")
    for who, actor in actors(khoi).items():
        answer = ask(actor)
        let_in = answer.status_code not in {401, 403} and not (
            question.about == "own inbox" and answer.status_code == 404
        )
        if let_in != granted(actor, action, question, khoi):
            found.append(f"{operation} as {who}: {answer.status_code}, {action} says otherwise")
        if answer.status_code >= 500:
            found.append(f"{operation} as {who}: {answer.status_code}")
        # A workbook is no text; what of it is, is looked at all the same.
        read = answer.get_data().decode("utf-8", "replace") if not sees_it(actor, action, khoi) else ""
        told = [secret for secret in khoi.secrets if secret in read]
        if told and answer.status_code < 300:
            found.append(f"{operation} as {who}: the answer tells of {told}")
    return found


def template_names(template: str) -> Sequence[str]:
    """The parameters in an address."""
    return [part[1:-1] for part in template.split("/") if part.startswith("{")]
