"""A request of the local API that leads nowhere is answered with what exists."""

import pytest

from infra.local.guide import lost

DESCRIBED = {
    "paths": {"/": {"get": {}}, "/plans": {"get": {}, "post": {}}, "/plans/{plan_id}": {"get": {}, "delete": {}}}
}


@pytest.mark.parametrize(
    ("method", "path", "status", "says", "methods"),
    [
        ("PATCH", "/api/1/plans/", 405, "PATCH does not exist at /api/1/plans/: use GET or POST", ("GET", "POST")),
        ("PUT", "/api/1/plans/ab", 405, "PUT does not exist at /api/1/plans/ab: use GET or DELETE", ("GET", "DELETE")),
        (
            "GET",
            "/api/1/plan",
            404,
            "there is nothing at /api/1/plan: GET /api/1/ lists what there is; did you mean",
            (),
        ),
        ("GET", "/api/2/plans", 404, "there is nothing at /api/2/plans: GET /api/1/", ()),
    ],
)
def test_it_says_what_exists(method: str, path: str, status: int, says: str, methods: tuple[str, ...]) -> None:
    found = lost(method, path, DESCRIBED)
    assert (found[0], found[2]) == (status, methods) and found[1].startswith(says)
