"""The members service, for tests of what every service's web side does."""

from tests.integration.members.conftest import bloc, board, establish, facts_told, members, register

__all__ = ["bloc", "board", "establish", "facts_told", "members", "register"]
