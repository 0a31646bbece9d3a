"""Which roles an operator allows attacks to assume."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chalicelib.config.settings import from_environment
from chalicelib.domain.errors import InvalidRequest, UnsafeSettings
from chalicelib.domain.role_allowlist import parse, require_allowed, role_violation, to_assume
from chalicelib.plugin.schemas import EXTERNAL_ID, ROLE_ARN

ROLE = "arn:aws:iam::210987654321:role/chaosmonkey-target"
ANY = "arn:aws:iam::210987654321:role/chaosmonkey-*"


class TestTheSetting:
    def test_there_are_none_unless_they_are_set(self) -> None:
        assert from_environment({}).allowed_roles == parse("") == parse(" , ") == ()

    def test_they_are_written_with_commas_between_them(self) -> None:
        assert from_environment({"ALLOWED_ROLES": f" {ROLE} ,{ANY},"}).allowed_roles == (ROLE, ANY)

    @pytest.mark.parametrize(
        "text",
        [
            *("*", "arn:aws:iam::*:role/chaos", "arn:aws:iam::21098765432*:role/chaos", "arn:aws:iam::1:role/chaos"),
            *("arn:*:iam::210987654321:role/chaos", "arn:aws:iam::210987654321:*", "arn:aws:iam::210987654321:role*"),
            *(
                "arn:aws:iam::210987654321:user/ana",
                "arn:aws:iam::210987654321:root",
                "arn:aws:iam::210987654321:role/",
            ),
            *(f"{ROLE}?", f"{ROLE}[a]", f"{ROLE}${{aws:username}}", f"{ROLE} x", f"{ROLE}\n{ROLE}", f"{ROLE};{ROLE}"),
        ],
    )
    def test_what_is_no_role_or_more_than_its_name_is_open_is_refused(self, text: str) -> None:
        with pytest.raises(UnsafeSettings, match="^ALLOWED_ROLES: .* is not the ARN of a role: give one such as arn:"):
            from_environment({"ALLOWED_ROLES": f"{ROLE},{text}"})

    def test_the_engines_own_role_is_to_be_assumed_too_where_it_is_an_arn(self) -> None:
        assert to_assume({}) == to_assume({"AWS_IAM_ROLE": "web-role"}) == ()
        assert to_assume({"ALLOWED_ROLES": ANY, "AWS_IAM_ROLE": ROLE}) == (ANY, ROLE)
        assert to_assume({"ALLOWED_ROLES": ROLE, "AWS_IAM_ROLE": ROLE}) == (ROLE,)


class TestWhoIsAllowed:
    @pytest.mark.parametrize(
        ("setting", "role", "allowed"),
        [
            (ROLE, ROLE, True),
            (ROLE, f"{ROLE}s", False),
            (ROLE, ROLE.upper(), False),
            (ANY, ROLE, True),
            (ANY, "arn:aws:iam::210987654321:role/chaosmonkey-", True),
            (ANY, "arn:aws:iam::210987654321:role/admin", False),
            (ANY, "arn:aws:iam::310987654321:role/chaosmonkey-target", False),
            (ANY, "arn:aws-cn:iam::210987654321:role/chaosmonkey-target", False),
            ("arn:aws:iam::210987654321:role/teams/*", "arn:aws:iam::210987654321:role/teams/a/web", True),
            ("arn:aws:iam::210987654321:role/teams/*", "arn:aws:iam::210987654321:role/web", False),
            (f"arn:aws:iam::310987654321:role/a,{ROLE}", ROLE, True),
            ("", ROLE, False),
        ],
    )
    def test_a_role_is_one_of_them_or_fits_one(self, setting: str, role: str, allowed: bool) -> None:
        assert (role_violation(role, None, {"ALLOWED_ROLES": setting}) is None) is allowed

    def test_an_attack_in_its_own_account_needs_none(self) -> None:
        for args in ({}, {"region": "eu-west-1"}):
            require_allowed(args, {})

    @pytest.mark.parametrize(
        ("args", "setting", "sentence"),
        [
            ({"role_arn": ROLE}, {}, f"the role {ROLE} is not among those that the stage's setting ALLOWED_ROLES"),
            ({"external_id": "id/4711"}, {"ALLOWED_ROLES": ANY}, "^external_id is .* give role_arn too$"),
            ({"role_arn": ROLE}, {"ALLOWED_ROLES": "x"}, "ALLOWED_ROLES cannot be read, so no role is assumed"),
        ],
    )
    def test_any_other_is_refused_in_a_sentence(
        self, args: dict[str, Any], setting: dict[str, str], sentence: str
    ) -> None:
        with pytest.raises(InvalidRequest, match=sentence):
            require_allowed(args, setting)

    @given(st.from_regex(ROLE_ARN["pattern"].removesuffix("(?!\\n)"), fullmatch=True))
    def test_an_exact_arn_allows_itself_and_a_star_never_another_account(self, role: str) -> None:
        role = role.strip().replace(",", "")
        if role.endswith(("role/", "/")):
            return
        account = role.split(":")[4]
        assert role_violation(role, None, {"ALLOWED_ROLES": role}) is None
        everything = f"{role.partition('role/')[0]}role/*"
        assert role_violation(role, None, {"ALLOWED_ROLES": everything}) is None
        other = role.replace(account, "".join(str((int(digit) + 1) % 10) for digit in account), 1)
        assert role_violation(other, None, {"ALLOWED_ROLES": everything}) is not None
        assert not fnmatchcase(other, everything)


class TestTheArgs:
    @pytest.mark.parametrize(
        ("role", "valid"),
        [
            (ROLE, True),
            ("arn:aws-cn:iam::210987654321:role/teams/web/chaos", True),
            *(
                (text, False)
                for text in (
                    *("", "chaos", ANY, f"{ROLE}\n", f" {ROLE}", f"{ROLE}/", "arn:aws:iam::210987654321:role/"),
                    *(
                        "arn:aws:iam::2:role/a",
                        "arn:aws:iam::210987654321:user/a",
                        f"arn:aws:iam::210987654321:role/{'a' * 65}",
                    ),
                )
            ),
        ],
    )
    def test_a_role_is_given_by_its_arn_in_full(self, role: str, valid: bool) -> None:
        assert Draft202012Validator(ROLE_ARN).is_valid(role) is valid

    @pytest.mark.parametrize(
        ("external_id", "valid"),
        [
            ("id", True),
            ("a+b=c,d.e@f:g/h-i_j", True),
            ("a", False),
            ("a b", False),
            ("ab\n", False),
            ("a" * 1225, False),
        ],
    )
    def test_an_external_id_is_what_aws_takes_for_one(self, external_id: str, valid: bool) -> None:
        assert Draft202012Validator(EXTERNAL_ID).is_valid(external_id) is valid


def test_a_role_of_another_partition_than_the_region_is_refused_when_the_plan_is_posted() -> None:
    role = "arn:aws:iam::210987654321:role/chaosmonkey-target"
    allowed = {"ALLOWED_ROLES": role}
    require_allowed({"role_arn": role, "region": "eu-west-1"}, allowed)
    require_allowed({"role_arn": role}, allowed)
    with pytest.raises(InvalidRequest, match="cn-north-1 is of the partition aws-cn, and the role of aws") as refusal:
        require_allowed({"role_arn": role, "region": "cn-north-1"}, allowed)
    assert [fault.path for fault in refusal.value.faults] == ["$.region"]
