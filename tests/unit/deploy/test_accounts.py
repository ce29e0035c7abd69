"""Rights at Kafka: exactly what a service needs, computed from what it consumes."""

from __future__ import annotations

from deploy.compose.accounts import Right, rights
from shared.settings import Settings


class TestRights:
    """Who may do what, for one deployment."""

    def test_a_service_writes_its_own_topics_and_reads_what_it_consumes(self):
        assert rights(Settings(khoi_id="ninh-binh"))["members"] == {
            *(
                Right("TOPIC", f"ninh-binh.{own}", operation)
                for own in ("members.events", "members-audit.events", "members.dead-letters")
                for operation in ("WRITE", "CREATE")
            ),
            Right("TOPIC", "ninh-binh.reviews.events", "READ"),
            Right("GROUP", "ninh-binh.members", "READ"),
        }

    def test_only_who_shows_the_audit_of_all_reads_the_chains(self):
        granted = rights(Settings(khoi_id="a"))
        readers = {
            user
            for user, found in granted.items()
            if Right("TOPIC", "a.members-audit.events", "READ") in found
        }
        assert readers == {"reporting", "khoi"}

    def test_the_log_of_sent_emails_is_its_services_own(self):
        granted = rights(Settings(khoi_id="a"))
        writers = {
            user
            for user, found in granted.items()
            if Right("TOPIC", "a.notifications-sent.events", "WRITE") in found
        }
        assert writers == {"notifications"}
        assert Right("TOPIC", "a.notifications-sent.events", "READ") in granted["notifications"]

    def test_the_operators_command_only_reads(self):
        assert {right.operation for right in rights(Settings())["khoi"]} == {"READ"}

    def test_nobody_has_a_right_outside_the_deployment(self):
        granted = {right.name for each in rights(Settings(khoi_id="a")).values() for right in each}
        assert {name.split(".")[0] for name in granted} == {"a"}
