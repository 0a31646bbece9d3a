"""Posts a plan of each attack and of each planner with a generated client; run by ``test_clients.py`` in an environment
of its own: ``post_examples.py <folder of the client> <root of the API>``, the examples on standard input."""

import json
import sys

sys.path.insert(0, sys.argv[1])

from generated import Client, models
from generated.api.default import post_plan

client = Client(base_url=sys.argv[2])
answers = []
for document in json.load(sys.stdin):
    plan = models.NewPlan.from_dict(document)
    answer = post_plan.sync_detailed(client=client, body=plan, dry_run=True)
    answers.append(
        {
            "attack": type(plan.attack).__name__,
            "planner": type(plan.planner).__name__,
            "sent": plan.to_dict(),
            "status": answer.status_code,
            "answer": json.loads(answer.content),
            "parsed": type(answer.parsed).__name__,
        }
    )
json.dump(answers, sys.stdout)
