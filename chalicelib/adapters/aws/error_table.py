"""Judge AWS's error codes: whether waiting helps, and if not, who has to act.

Sources: the pages *Common Errors* and *Errors* of each operation in AWS's API references. A code that is not listed is
judged by its HTTP status: 429 and 5xx pass, every other 4xx is permanent.
"""

import re
from collections.abc import Mapping
from enum import Enum


class Verdict(Enum):
    """The consequence of an error code. *Passing* means that the same call may succeed later."""

    CONDITION = "a condition of the write does not hold"
    COLLISION = "another request changes the same thing: passing, and nothing was done"
    THROTTLED = "too many requests: passing, and nothing was done"
    BREAKDOWN = "AWS failed: passing, and perhaps done"
    TOO_LARGE = "permanent, and the client can fix it"
    NOT_FOUND = "permanent: a resource of the stage is missing"
    DENIED = "permanent: a policy does not allow it"
    DISABLED = "permanent: a resource of the stage cannot be used as it is"
    INVALID = "permanent: AWS does not accept the request"


_V = Verdict
_COMMON: Mapping[str, Verdict] = {
    **dict.fromkeys(
        (
            *("Throttling", "ThrottlingException", "ThrottlingError", "ThrottledException", "RequestThrottled"),
            *("RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"),
            *("BandwidthLimitExceeded", "LimitExceededException", "PriorRequestNotComplete"),
        ),
        _V.THROTTLED,
    ),
    **dict.fromkeys(
        (
            *("InternalServerError", "InternalServerException", "InternalFailure", "InternalError", "ServiceException"),
            *("InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout"),
            *("RequestTimeoutException", "ExpiredToken", "ExpiredTokenException", "RequestExpired"),
            *("RequestTimeTooSkewed",),  # after a freeze of the function: the next call signs again
        ),
        _V.BREAKDOWN,
    ),
    **dict.fromkeys(
        (
            *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure", "NotAuthorized"),
            *("InvalidClientTokenId", "UnrecognizedClientException", "UnrecognizedClient", "SignatureDoesNotMatch"),
            *("InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException", "OptInRequired"),
            *("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
        ),
        _V.DENIED,
    ),
    **dict.fromkeys(("ResourceNotFoundException", "ResourceNotFound", "NotFoundException"), _V.NOT_FOUND),
    **dict.fromkeys(("ValidationException", "ValidationError", "SerializationException"), _V.INVALID),
    "ServiceQuotaExceededException": _V.DISABLED,
}
_OF_SERVICE: Mapping[str, Mapping[str, Verdict]] = {
    "dynamodb": {
        **dict.fromkeys(("ConditionalCheckFailed", "ConditionalCheckFailedException"), _V.CONDITION),
        **dict.fromkeys(
            (
                *("TransactionConflict", "TransactionConflictException", "TransactionInProgressException"),
                *("ReplicatedWriteConflictException", "ResourceInUseException"),
            ),
            _V.COLLISION,
        ),
        **dict.fromkeys(("ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException"), _V.THROTTLED),
        **dict.fromkeys(("ItemCollectionSizeLimitExceeded", "ItemCollectionSizeLimitExceededException"), _V.TOO_LARGE),
        "TableNotFoundException": _V.NOT_FOUND,
    },
    "scheduler": {"ConflictException": _V.COLLISION},  # the schedule is being changed by another request
    "kms": {
        **dict.fromkeys(
            ("DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException"), _V.BREAKDOWN
        ),
        **dict.fromkeys(
            ("DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException", "IncorrectKeyException"),
            _V.DISABLED,
        ),
        "InvalidCiphertextException": _V.INVALID,
    },
    "lambda": {
        **dict.fromkeys(("EC2ThrottledException", "SubnetIPAddressLimitReachedException"), _V.THROTTLED),
        **dict.fromkeys(("ResourceConflictException", "ResourceNotReadyException"), _V.COLLISION),
        "KMSAccessDeniedException": _V.DENIED,
        "KMSNotFoundException": _V.NOT_FOUND,
        **dict.fromkeys(
            (
                *("KMSDisabledException", "KMSInvalidStateException", "InvalidRuntimeException"),
                *("InvalidSubnetIDException", "InvalidSecurityGroupIDException", "InvalidZipFileException"),
            ),
            _V.DISABLED,
        ),
        "RequestTooLargeException": _V.TOO_LARGE,
    },
    "ssm": {"ParameterNotFound": _V.NOT_FOUND, "ParameterVersionNotFound": _V.NOT_FOUND, "InvalidKeyId": _V.DISABLED},
    "secretsmanager": {"DecryptionFailure": _V.DISABLED},
    "cloudwatch": {},
}
_ITEM_SIZE = re.compile(r"item (?:collection )?size|size of the items|too large", re.IGNORECASE)
_SERVICE_OF: Mapping[str, str] = {
    **dict.fromkeys(("GenerateDataKey", "Decrypt"), "kms"),
    **dict.fromkeys(
        ("CreateSchedule", "UpdateSchedule", "DeleteSchedule", "GetSchedule", "ListSchedules"), "scheduler"
    ),
    "Invoke": "lambda",
    "DescribeAlarms": "cloudwatch",
    "GetParameter": "ssm",
    "GetSecretValue": "secretsmanager",
}
_RESOURCES: Mapping[str, str] = {
    "kms": "KMS key",
    "scheduler": "schedule group",
    "dynamodb": "table",
    "lambda": "function",
    "cloudwatch": "alarms",
    "ssm": "parameters",
    "secretsmanager": "secrets",
}
_TROUBLE: Mapping[Verdict, str] = {
    Verdict.NOT_FOUND: "does not exist",
    Verdict.DENIED: "may not be used by this function's role",
    Verdict.DISABLED: "cannot be used as it is: disabled, pending deletion, or at a quota",
    Verdict.INVALID: "does not accept the request",
}


def service_of(operation: str) -> str:
    """Return the service that has an operation, such as ``kms`` for ``Decrypt``; most are DynamoDB's."""
    return _SERVICE_OF.get(operation, "dynamodb")


def judge(service: str, code: str, message: str, status: int) -> Verdict | None:
    """Return the verdict on an error, None where the code is not listed and there is no HTTP status.

    DynamoDB has no code of its own for an item that is too large, so its message decides.
    """
    if service == "dynamodb" and code in ("ValidationException", "ValidationError") and _ITEM_SIZE.search(message):
        return Verdict.TOO_LARGE
    listed = _OF_SERVICE.get(service, {}).get(code) or _COMMON.get(code)
    if listed:
        return listed
    if status == 429:
        return Verdict.THROTTLED
    if status >= 500:
        return Verdict.BREAKDOWN
    return Verdict.INVALID if status >= 400 else None


def trouble(service: str, verdict: Verdict) -> str:
    """Return in words which resource of the stage an operator has to look at, and why, without names or ARNs."""
    return f"the stage's {_RESOURCES.get(service, service)} {_TROUBLE[verdict]}"
