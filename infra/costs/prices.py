"""What AWS asks, in US dollars, in us-east-1 (N. Virginia), without taxes.

The numbers were read in public copies of AWS's price pages and in price lists made from them; ``known`` is the month of
the newest copy that shows the number. Prices change: ``page`` is where AWS tells today's.
"""

from dataclasses import dataclass

REGION = "us-east-1"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """``dollars`` for ``per`` units. ``free`` units a month cost nothing in any account, for as long as it exists; what
    is free in an account's first year only is left out."""

    dollars: float
    per: float
    unit: str
    page: str
    known: str
    free: float = 0

    def of(self, units: float, *, free_tier: bool = False) -> float:
        """Dollars for so many units in one month."""
        charged = max(0.0, units - self.free) if free_tier else units
        return charged * self.dollars / self.per


def _price(
    dollars: float, per: float, unit: str, service: str, known: str, free: float = 0, *, path: str = "pricing"
) -> Price:
    return Price(
        dollars=dollars, per=per, unit=unit, page=f"https://aws.amazon.com/{service}/{path}/", known=known, free=free
    )


PRICES = {
    "Lambda requests": _price(0.20, MILLION, "invocation", "lambda", "2026-09", MILLION),
    "Lambda time": _price(0.0000166667, 1, "GB-second", "lambda", "2026-05", 400_000),
    "API Gateway": _price(3.50, MILLION, "REST call", "api-gateway", "2026-06"),
    "DynamoDB writes": _price(0.625, MILLION, "write request unit", "dynamodb", "2025-07", path="pricing/on-demand"),
    "DynamoDB reads": _price(0.125, MILLION, "read request unit", "dynamodb", "2025-07", path="pricing/on-demand"),
    "DynamoDB storage": _price(0.25, 1, "GB-month", "dynamodb", "2020-03", 25, path="pricing/on-demand"),
    "DynamoDB backup": _price(0.20, 1, "GB-month", "dynamodb", "2020-03", path="pricing/on-demand"),
    "EventBridge Scheduler": _price(1.00, MILLION, "invocation", "eventbridge", "2026-03", 14 * MILLION),
    "EventBridge events": _price(1.00, MILLION, "custom event", "eventbridge", "2026-06"),
    "CloudWatch alarms": _price(0.10, 1, "alarm-month", "cloudwatch", "2026-02", 10),
    "CloudWatch metrics": _price(0.30, 1, "metric-month", "cloudwatch", "2026-02", 10),
    "CloudWatch logs": _price(0.50, 1, "GB ingested", "cloudwatch", "2026-06", 5),
    "CloudWatch log storage": _price(0.03, 1, "GB-month", "cloudwatch", "2026-02"),
    "KMS key": _price(1.00, 1, "key-month", "kms", "2026-03"),
    "KMS requests": _price(0.03, 10_000, "request", "kms", "2026-03", 20_000),
    "SQS": _price(0.40, MILLION, "request", "sqs", "2026-03", MILLION),
    "S3": _price(0.023, 1, "GB-month", "s3", "2020-12"),
}
"""The lines of a stage's bill. What is free for everybody is no line: the sweep's rule, EC2's and IAM's calls, empty
schedules, TTL's deletions, 75 GB of Lambda packages."""

MACHINE = {
    "t4g.nano, 2 vCPUs at a tenth of one, 512 MB": _price(
        0.0042, 1, "hour", "ec2", "2026-03", path="pricing/on-demand"
    ),
    "gp3 volume": _price(0.08, 1, "GB-month", "ebs", "2024-02"),
    "public IPv4 address": _price(0.005, 1, "hour", "vpc", "2024-02"),
    "vCPU time above the tenth": _price(0.04, 1, "vCPU-hour", "ec2", "2021-08", path="pricing/on-demand"),
}
"""What a small machine of one's own costs."""
