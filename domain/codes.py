"""The code lists of the field, each code with its label. A code, once used, never changes its meaning."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal, get_args

ReferralStatus = Literal[
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "in-progress",
    "on-hold",
    "completed",
    "failed",
    "cancelled",
    "entered-in-error",
]
"""Referral status, the codes of HL7 FHIR Task; local detail stands in a referral's business status."""

ENDED_STATUSES: Final[frozenset[ReferralStatus]] = frozenset(
    {"rejected", "completed", "failed", "cancelled", "entered-in-error"}
)

Need = Literal[
    "drugs",
    "alcohol",
    "housing",
    "benefits-and-employment",
    "id-and-bank-account",
    "gp-registration",
    "mental-health",
    "physical-health",
    "wound-care",
    "debt",
    "immigration-advice",
    "domestic-abuse",
    "sex-work-support",
    "food-and-shower",
    "veteran",
    "care-leaver",
    "pets",
    "other",
]

HEALTH_NEEDS: Final[frozenset[Need]] = frozenset(
    {"drugs", "alcohol", "mental-health", "physical-health", "wound-care", "gp-registration"}
)
"""That a referral for one of these exists is itself need-to-know."""

DeclineReason = Literal[
    "out-of-area",
    "not-eligible",
    "threshold-not-met",
    "no-capacity",
    "duplicate",
    "consent-missing",
    "uncontactable",
    "person-declined",
    "risk-unmanageable",
    "insufficient-information",
    "wrong-service",
]

EpisodeOutcome = Literal[
    "behaviour-ceased",
    "engaged",
    "housed",
    "in-treatment",
    "benefits-in-place",
    "reconnected",
    "moved-away",
    "custody",
    "cbo-granted",
    "died",
    "lost-contact",
]

POSITIVE_OUTCOMES: Final[frozenset[EpisodeOutcome]] = frozenset(
    {"behaviour-ceased", "engaged", "housed", "in-treatment", "benefits-in-place", "reconnected"}
)

EncounterKind = Literal[
    "welfare",
    "rough-sleeping",
    "asb",
    "alcohol-surrender",
    "alcohol-refusal",
    "urination",
    "begging-near-cash-machine",
    "outreach",
]

AsbType = Literal[
    "abandoned-vehicle",
    "vehicle-nuisance",
    "rowdy-or-inconsiderate",
    "rowdy-or-nuisance-neighbours",
    "littering-or-drug-paraphernalia",
    "animal-problems",
    "trespass",
    "malicious-or-nuisance-communications",
    "street-drinking",
    "prostitution-related",
    "noise",
    "begging",
    "fireworks",
]

AsbQualifier = Literal["personal", "nuisance", "environmental"]

InstrumentKind = Literal[
    "cpw",
    "cpn",
    "fpn",
    "civil-injunction",
    "cbo-application",
    "cbo",
    "dispersal-direction",
    "pspo-breach",
    "alcohol-surrender",
    "exclusion",
]

ScreenResult = Literal["none", "safeguarding", "modern-slavery", "capacity"]
"""What a vulnerability screen found."""

Sex = Literal["female", "male", "intersex", "not-stated"]

AgeBand = Literal["under-16", "16-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65-and-over"]
"""What a guard may know of somebody's age."""

CHILD_BANDS: Final[frozenset[AgeBand]] = frozenset({"under-16", "16-17"})

Ethnicity = Literal[
    "W1",
    "W2",
    "W3",
    "W9",
    "M1",
    "M2",
    "M3",
    "M9",
    "A1",
    "A2",
    "A3",
    "A4",
    "A9",
    "B1",
    "B2",
    "B9",
    "O2",
    "O9",
    "NS",
    "ROMA",
]
"""The 18+1 self-defined codes, with Roma by local addition. Never an input to a decision."""

IdentityConfidence = Literal["documented", "stated", "believed", "unknown"]
"""What somebody's identity rests on."""

FlagKind = Literal["staff-safety", "keep-apart", "safeguarding", "modern-slavery", "capacity", "coercion-suspected"]

PAUSING_FLAGS: Final[frozenset[FlagKind]] = frozenset(
    {"safeguarding", "modern-slavery", "capacity", "coercion-suspected"}
)
"""While one of these is open, nobody goes up a ladder."""

InformationCategory = Literal[
    "identity",
    "contact",
    "household",
    "housing",
    "benefits",
    "health",
    "substance-use",
    "offending",
    "safeguarding",
    "equality",
]
"""What kind of information a basis to share covers, and what kind a referral hands over."""

SENSITIVE_INFORMATION: Final[frozenset[InformationCategory]] = frozenset({"health", "substance-use", "equality"})
"""Special categories: UK GDPR art. 9, Data Protection Act 2018 s.35(8)."""

AgencyKind = Literal[
    "police",
    "district-council",
    "town-council",
    "county-council",
    "housing-options",
    "drug-and-alcohol",
    "health",
    "housing-association",
    "dwp",
    "probation",
    "voluntary",
    "partnership",
]

TreatmentDischarge = Literal[
    "completed-drug-free",
    "completed-alcohol-free",
    "completed-occasional-user",
    "transferred-in-custody",
    "transferred-not-in-custody",
    "incomplete-dropped-out",
    "incomplete-withdrawn-by-provider",
    "incomplete-declined",
    "incomplete-retained-in-custody",
    "incomplete-died",
    "inappropriate-referral",
]

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "ethnicity": {
        "W1": "White: British",
        "W2": "White: Irish",
        "W3": "White: Gypsy or Irish Traveller",
        "W9": "White: any other",
        "M1": "Mixed: White and Black Caribbean",
        "M2": "Mixed: White and Black African",
        "M3": "Mixed: White and Asian",
        "M9": "Mixed: any other",
        "A1": "Asian: Indian",
        "A2": "Asian: Pakistani",
        "A3": "Asian: Bangladeshi",
        "A4": "Asian: Chinese",
        "A9": "Asian: any other",
        "B1": "Black: Caribbean",
        "B2": "Black: African",
        "B9": "Black: any other",
        "O2": "Arab",
        "O9": "Any other",
        "NS": "Not stated",
        "ROMA": "White: Roma",
    },
    "area": {
        "E07000008": "Cambridge",
        "E07000009": "East Cambridgeshire",
        "E07000010": "Fenland",
        "E07000011": "Huntingdonshire",
        "E07000012": "South Cambridgeshire",
        "E06000031": "Peterborough",
        "E09000001": "City of London",
        "E10000003": "Cambridgeshire",
        "E23000023": "Cambridgeshire Constabulary",
    },
}


def label(code: str, code_list: str | None = None) -> str:
    """What a worker reads: the label that the list gives, or the code in words."""
    return LABELS.get(code_list or "", {}).get(code) or code.replace("-", " ").capitalize()


def codes_of(literal: object) -> tuple[str, ...]:
    """The codes of a list, in its order."""
    return get_args(literal)


def age_band(born: dt.date, on: dt.date) -> AgeBand:
    """The band of a person born on a date, on a day. A birthday counts from its first hour."""
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    bands: tuple[tuple[int, AgeBand], ...] = (
        (16, "under-16"),
        (18, "16-17"),
        (25, "18-24"),
        (35, "25-34"),
        (45, "35-44"),
        (55, "45-54"),
        (65, "55-64"),
    )
    return next((band for below, band in bands if years < below), "65-and-over")
