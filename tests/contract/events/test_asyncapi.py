"""The AsyncAPI document says what the registry says."""

import json

from shared.events import asyncapi
from shared.events.registry import all_types


class TestAsyncApi:
    """One message per registered type, on the channel of its producer."""

    def test_every_type_is_a_message_of_its_producer(self) -> None:
        document = asyncapi.document()
        assert set(document["components"]["messages"]) == set(all_types())
        for name, entry in all_types().items():
            assert name in document["channels"][entry.producer]["messages"]

    def test_every_reference_leads_somewhere(self) -> None:
        document = asyncapi.document()

        def check(node: object) -> None:
            if isinstance(node, list):
                for item in node:
                    check(item)
            if isinstance(node, dict):
                if "$ref" in node:
                    target: object = document
                    for part in str(node["$ref"]).removeprefix("#/").split("/"):
                        assert isinstance(target, dict)
                        target = target[part]
                for item in node.values():
                    check(item)

        check(document)

    def test_it_is_the_same_every_time(self) -> None:
        assert asyncapi.text() == asyncapi.text()
        assert json.loads(asyncapi.text()) == asyncapi.document()
