# SPDX-License-Identifier: Apache-2.0
"""Who may write where, whatever the broker: the examples of config/broker are held to this list."""
from __future__ import annotations

HUB, OTHER = "vaka/1/soder/hub-0417", "vaka/1/soder/hub-0418"
USERS = ("hub-0417", "hub-0418", "n-17", "night-3", "care-service")

MAY_WRITE = (
    ("hub-0417", f"{HUB}/status"), ("hub-0417", f"{HUB}/health"), ("hub-0417", f"{HUB}/promise"),
    ("hub-0417", f"{HUB}/reading/p-1042/weight"), ("hub-0417", f"{HUB}/alert/p-1042/a1"),
    ("hub-0417", f"{HUB}/check/p-1042/c1"), ("hub-0417", f"{HUB}/view/c1/n-17"),
    ("hub-0417", f"{HUB}/plan/p-1042/applied"), ("hub-0417", f"{HUB}/plan/p-1042/wanted"),
    ("hub-0417", f"{HUB}/reply/n-17/tablet"), ("hub-0417", f"{HUB}/reply/night-3/phone"),
    ("n-17", f"{HUB}/cmd/n-17/alert/accept"), ("night-3", f"{HUB}/cmd/night-3/check/claim"),
    ("care-service", f"{HUB}/receipt/care-service"), ("care-service", f"{HUB}/plan/p-1042"),
)
MAY_NOT_WRITE = (
    # A hub below another's base, to itself as somebody else, and to another hub as staff.
    ("hub-0418", f"{HUB}/status"), ("hub-0418", f"{HUB}/reading/p-1042/weight"),
    ("hub-0418", f"{HUB}/alert/p-1042/a1"), ("hub-0418", f"{HUB}/reply/n-17/tablet"),
    ("hub-0418", f"{OTHER}/cmd/n-17/alert/accept"), ("hub-0418", f"{OTHER}/plan/p-1042"),
    ("hub-0418", f"{OTHER}/receipt/care-service"), ("hub-0418", f"{HUB}/cmd/hub-0418/alert/accept"),
    # Staff as each other, as a hub that is there, and as a hub that is not.
    ("n-17", f"{HUB}/cmd/night-3/check/claim"), ("n-17", f"{HUB}/alert/p-1042/a1"),
    ("n-17", f"{HUB}/plan/p-1042"), ("n-17", f"{HUB}/reply/n-17/tablet"),
    ("n-17", f"{HUB}/receipt/care-service"), ("n-17", "vaka/1/soder/n-17/reading/p-1042/weight"),
    ("n-17", "vaka/1/norr/hub-0417/cmd/n-17/alert/accept"),
    ("night-3", f"{HUB}/receipt/care-service"), ("night-3", "vaka/1/soder/night-3/status"),
    # The care service confirms and plans, and does nothing else.
    ("care-service", f"{HUB}/cmd/care-service/hub/selftest"),
    ("care-service", f"{HUB}/reading/p-1042/weight"), ("care-service", f"{HUB}/receipt/other"),
    ("care-service", "vaka/1/soder/care-service/reading/p-1042/weight"),
)
# What each may hear of what MAY_WRITE lists, below HUB.
MAY_HEAR = {
    "hub-0417": {"cmd/n-17/alert/accept", "cmd/night-3/check/claim", "receipt/care-service",
                 "plan/p-1042"},
    "hub-0418": set(),
    "n-17": {"status", "health", "promise", "reading/p-1042/weight", "alert/p-1042/a1",
             "check/p-1042/c1", "plan/p-1042/applied", "reply/n-17/tablet"},
    "night-3": {"status", "check/p-1042/c1", "view/c1/n-17", "reply/night-3/phone"},
    "care-service": {topic.removeprefix(f"{HUB}/") for _, topic in MAY_WRITE},
}
