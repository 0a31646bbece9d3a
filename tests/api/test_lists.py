"""``GET plans/`` and ``GET executors/``: flags, limits, cursors and pages."""

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.query import cursor
from tests.api.client import HAL, Client
from tests.support.disturbed_adapters import fail
from tests.support.world import NOTE, World, later, odd_document, plan_document, world

LISTS = [("plans", "all"), ("executors", "executed")]


def fill(some: World, api: Client, plans: int) -> list[str]:
    """So many plans of two executors each, a second apart; their ids, newest first."""
    ids = []
    for number in range(plans):
        ids.append(api.post("/api/1/plans/", plan_document(later(hours=1 + number), later(days=2)))["id"])
        some.clock.advance(seconds=1)
    return ids[::-1]


def ids(pages: list[Any], name: str) -> list[str]:
    return [item["id"] for page in pages for item in page[name]]


@pytest.mark.parametrize(("name", "flag"), LISTS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_empty_list_is_a_list(name: str, flag: str, slash: str, api: Client) -> None:
    listed = api.get(f"/api/1/{name}{slash}")
    assert listed.type == HAL and listed.doc == {name: [], "_links": {"self": {"href": f"/api/1/{name}{slash}"}}}


class TestFlags:
    @pytest.fixture
    def spent(self, api: Client, some: World) -> str:
        """The id of an executor that has run, the only one of its plan."""
        made = api.post("/api/1/plans/", plan_document(later(hours=1)))
        executor = some.plans.get(made["id"])[1][0]
        some.run(executor)
        return executor.id

    @pytest.mark.parametrize(("name", "flag"), LISTS)
    @pytest.mark.parametrize("value", ["true", "True", "TRUE", "yes", "on", "ON", "y", "Y", "1"])
    def test_true_in_so_many_words_shows_all(self, value: str, name: str, flag: str, api: Client, spent: str) -> None:
        assert len(api.get(f"/api/1/{name}/?{flag}={value}")[name]) == 1

    @pytest.mark.parametrize(("name", "flag"), LISTS)
    @pytest.mark.parametrize("value", ["=false", "=0", "=no", "=garbage", "=", "", "=true%20", "=11", "=%C3%B1"])
    def test_anything_else_shows_what_is_left_to_run(
        self, value: str, name: str, flag: str, api: Client, spent: str
    ) -> None:
        assert api.get(f"/api/1/{name}/?{flag}{value}")[name] == []

    @pytest.mark.parametrize(("name", "flag"), LISTS)
    def test_of_two_the_last_counts_and_unknown_ones_do_not(
        self, name: str, flag: str, api: Client, spent: str
    ) -> None:
        assert len(api.get(f"/api/1/{name}/?{flag}=false&{flag}=true&x=1&dry_run=true")[name]) == 1
        assert api.get(f"/api/1/{name}/?{flag}=true&{flag}=false")[name] == []

    def test_what_runs_is_left_to_run(self, api: Client, some: World) -> None:
        made = api.post("/api/1/plans/", plan_document(later(hours=1)))
        some.store.before["end"].append(fail)  # type: ignore[attr-defined]
        some.run(some.plans.get(made["id"])[1][0])
        assert len(api.get("/api/1/executors/")["executors"]) == len(api.get("/api/1/plans/")["plans"]) == 1


class TestLimits:
    @pytest.mark.parametrize(("name", "flag"), LISTS)
    @pytest.mark.parametrize(
        "limit", ["0", "-1", "1001", "1.5", "x", "", "%201", "1e2", "0x10", "9" * 5000, "%D9%A1", "+5"]
    )
    def test_what_is_no_number_from_1_to_1000_is_a_400(self, limit: str, name: str, flag: str, api: Client) -> None:
        refused = api.get(f"/api/1/{name}/?limit={limit}")
        assert refused.status == 400 and "give a whole number from 1 to 1000" in refused["msg"]

    @pytest.mark.parametrize(
        ("limit", "first"), [("", 100), ("?limit=1000", 120), ("?limit=0100", 100), ("?limit=7", 7)]
    )
    def test_a_page_is_as_long_as_asked_by_default_100(self, limit: str, first: int, api: Client) -> None:
        api.post("/api/1/plans/", odd_document("times", number=120))
        page = api.get(f"/api/1/executors/{limit}")
        assert len(page["executors"]) == first and ("next" in page["_links"]) is (first < 120)


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 100])
    def test_plans_are_walked_newest_first(self, limit: int, api: Client, some: World) -> None:
        made = fill(some, api, 7)
        for query in (f"limit={limit}", f"all=true&limit={limit}"):
            pages = api.pages(f"/api/1/plans/?{query}")
            assert ids(pages, "plans") == made
            assert all(0 < len(page["plans"]) <= limit for page in pages)
            assert "next" not in pages[-1]["_links"]

    @pytest.mark.parametrize("limit", [1, 3, 5, 14])
    def test_executors_are_walked_by_their_dates(self, limit: int, api: Client, some: World) -> None:
        fill(some, api, 7)
        pages = api.pages(f"/api/1/executors/?limit={limit}&executed=yes")
        listed = [executor for page in pages for executor in page["executors"]]
        assert len({each["id"] for each in listed}) == len(listed) == 14
        assert listed == sorted(listed, key=lambda each: (each["next_run_time"], each["id"]))
        assert all(0 < len(page["executors"]) <= limit for page in pages)

    def test_plans_of_the_same_second_are_all_found(self, api: Client) -> None:
        made = {api.post("/api/1/plans/", plan_document(later(hours=1)))["id"] for _ in range(5)}
        walked = ids(api.pages("/api/1/plans/?limit=2"), "plans")
        assert len(walked) == 5 and set(walked) == made

    def test_links_keep_the_query_string(self, api: Client, some: World) -> None:
        fill(some, api, 3)
        page = api.get("/api/1/plans/?limit=2&all=TRUE&x=%C3%B1%26")
        assert page["_links"]["self"]["href"] == "/api/1/plans/?limit=2&all=TRUE&x=%C3%B1%26"
        assert page["_links"]["next"]["href"].startswith("/api/1/plans/?limit=2&all=TRUE&x=%C3%B1%26&cursor=")
        second = api.follow(page.doc, "next")
        assert (
            second["_links"]["self"] == page["_links"]["next"] and second["_links"]["self"]["href"].count("cursor") == 1
        )

    def test_what_is_made_deleted_or_ends_meanwhile_hides_nothing_else(self, api: Client, some: World) -> None:
        made = fill(some, api, 6)
        first = api.get("/api/1/plans/?limit=2")
        api.delete(f"/api/1/plans/{made[1]}")
        api.delete(f"/api/1/plans/{made[2]}")
        fill(some, api, 1)
        rest = [api.follow(first.doc, "next")]
        while "next" in rest[-1]["_links"]:
            rest.append(api.follow(rest[-1].doc, "next"))
        assert ids(rest, "plans") == made[3:]

    def test_a_page_may_be_made_longer_or_shorter_on_the_way(self, api: Client, some: World) -> None:
        made = fill(some, api, 6)
        first = api.get("/api/1/plans/?limit=2")
        after = first["_links"]["next"]["href"].partition("cursor=")[2]
        assert ids([api.get(f"/api/1/plans/?limit=3&cursor={after}")], "plans") == made[2:5]

    def test_items_are_the_same_as_by_their_own_link(self, api: Client, some: World) -> None:
        fill(some, api, 2)
        for executor in api.get("/api/1/executors/")["executors"]:
            assert api.follow(executor).doc == executor
        for plan in api.get("/api/1/plans/")["plans"]:
            found = api.follow(plan).doc
            assert found.pop("_embedded") and found == plan

    def test_a_page_is_cut_before_it_outgrows_4_megabytes(self) -> None:
        some = world()
        api = Client(some)
        large = {**NOTE, "args": {"target": "a", "filters": {"x": "ñ" * 40_000}}}
        for _ in range(25):
            api.post("/api/1/plans/", plan_document(later(hours=1), attack=large))
            some.clock.advance(seconds=1)
        pages = api.pages("/api/1/plans/")
        assert [len(page["plans"]) for page in pages] == [16, 9]
        assert all(len(page.text) < 4_010_000 for page in pages)
        assert len(set(ids(pages, "plans"))) == 25

    def test_of_items_that_are_too_large_one_is_shown_all_the_same(self) -> None:
        some = world()
        plan, _ = some.plan()
        other, _ = some.plan()
        for each in (plan, other):
            some.store.plans.rename(each.id, "x" * 4_100_000)
        assert [len(page["plans"]) for page in Client(some).pages("/api/1/plans/")] == [1, 1]


class TestCursors:
    def cursor(self, api: Client, some: World, name: str, flag: str = "") -> str:
        fill(some, api, 2)
        return api.get(f"/api/1/{name}/?limit=1{flag}")["_links"]["next"]["href"].partition("cursor=")[2]

    @pytest.mark.parametrize(
        "text",
        [
            *("", "AAAA", "%00", "%C3%B1", "x", "null", "=", "====", "AAAAAA==", "..", "-_-_", "A" * 7000),
            base64.urlsafe_b64encode(b"\0" * 4 + b"[" * 5000).decode(),
        ],
    )
    @pytest.mark.parametrize("name", ["plans", "executors"])
    def test_a_foreign_one_is_a_400_that_says_what_to_do(self, text: str, name: str, api: Client) -> None:
        refused = api.get(f"/api/1/{name}/?cursor={text}")
        assert refused.status == 400 and "follow _links.next" in refused["msg"]

    def test_one_of_another_list_is_a_400(self, api: Client, some: World) -> None:
        of_plans = self.cursor(api, some, "plans")
        of_all_executors = self.cursor(api, some, "executors", "&executed=true")
        assert api.get(f"/api/1/plans/?cursor={of_plans}").status == 200
        assert api.get(f"/api/1/executors/?executed=1&cursor={of_all_executors}").status == 200
        for target in (
            f"executors/?cursor={of_plans}",
            f"plans/?all=true&cursor={of_plans}",
            f"executors/?cursor={of_all_executors}",
            f"plans/?cursor={of_all_executors}",
        ):
            assert api.get(f"/api/1/{target}").status == 400

    def test_a_tampered_one_is_a_400(self, api: Client, some: World) -> None:
        good = self.cursor(api, some, "plans")
        for number in range(len(good)):
            for other in "A_9":
                tampered = good[:number] + other + good[number + 1 :]
                same = base64.urlsafe_b64decode(tampered + "==") == base64.urlsafe_b64decode(good + "==")
                assert api.get(f"/api/1/plans/?cursor={tampered}").status == (200 if same else 400)
        for shorter in range(len(good)):
            assert api.get(f"/api/1/plans/?cursor={good[:shorter]}").status == 400

    @pytest.mark.parametrize(
        "content",
        [
            *(
                "[]",
                '["plans"]',
                '["plans", 5]',
                '["plans", null]',
                '["plans", ""]',
                '{"plans": 1}',
                "5",
            ),
            *('["plans", "9#", 3]', '["plans", "\\ud800"]', '{"plans": 1, "b": 2}', '"pl"', "[[],[]]"),
            '["plans", "' + "9" * 1024 + '"]',
        ],
    )
    def test_one_made_with_care_is_a_400_too(self, content: str, api: Client) -> None:
        raw = content.encode()
        made = base64.urlsafe_b64encode(zlib.crc32(raw).to_bytes(4, "big") + raw).decode().rstrip("=")
        assert api.get(f"/api/1/plans/?cursor={made}").status == 400

    @given(st.binary(max_size=60), st.sampled_from(["plans", "executors"]))
    def test_no_bytes_break_it(self, raw: bytes, name: str) -> None:
        text = base64.urlsafe_b64encode(raw).decode()
        assert Client(world()).get(f"/api/1/{name}/?cursor={text}").status == 400

    def test_it_can_stand_in_a_link_as_it_is(self) -> None:
        made = cursor(f"2027-03-01T09:00:00Z#{'0' * 32}-0000", "executors*")
        assert made.replace("-", "").replace("_", "").isalnum()
        assert json.loads(base64.urlsafe_b64decode(made + "==")[4:])[0] == "executors*"


@pytest.mark.parametrize("name", ["plans", "executors"])
def test_where_the_table_fails_it_is_503(name: str, api: Client, some: World) -> None:
    some.store.before[name].append(fail)  # type: ignore[attr-defined]
    assert api.get(f"/api/1/{name}/").status == 503
    assert api.get(f"/api/1/{name}/").status == 200
