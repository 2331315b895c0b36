"""The typed identifiers that facts, commands and views speak of.

Every id is a short text. Ids of people and of what happens to them are random (they say nothing about anybody); ids of
agencies, workers, services and ladders may be readable slugs, because a reader of the log has to recognise them.
"""

from typing import Final, NewType

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"

PartnershipId = NewType("PartnershipId", str)
AgencyId = NewType("AgencyId", str)
TeamId = NewType("TeamId", str)
WorkerId = NewType("WorkerId", str)
AccountId = NewType("AccountId", str)
CredentialId = NewType("CredentialId", str)
PersonId = NewType("PersonId", str)
SearchId = NewType("SearchId", str)
MergeId = NewType("MergeId", str)
DetailId = NewType("DetailId", str)
FlagId = NewType("FlagId", str)
ConsentId = NewType("ConsentId", str)
BasisId = NewType("BasisId", str)
EncounterId = NewType("EncounterId", str)
LadderId = NewType("LadderId", str)
EpisodeId = NewType("EpisodeId", str)
TicketId = NewType("TicketId", str)
InvitationId = NewType("InvitationId", str)
InstrumentId = NewType("InstrumentId", str)
RestrictionId = NewType("RestrictionId", str)
SessionId = NewType("SessionId", str)
ServiceId = NewType("ServiceId", str)
ReferralId = NewType("ReferralId", str)
NotificationId = NewType("NotificationId", str)
PlanId = NewType("PlanId", str)
GoalId = NewType("GoalId", str)
ActionId = NewType("ActionId", str)
SheetId = NewType("SheetId", str)
SheetRowId = NewType("SheetRowId", str)
AgreementId = NewType("AgreementId", str)
BreakGlassId = NewType("BreakGlassId", str)
DisclosureId = NewType("DisclosureId", str)
EnquiryId = NewType("EnquiryId", str)
TransferId = NewType("TransferId", str)
PanelId = NewType("PanelId", str)
SampleId = NewType("SampleId", str)
CaseId = NewType("CaseId", str)
RecommendationId = NewType("RecommendationId", str)
HoldId = NewType("HoldId", str)
ErasureId = NewType("ErasureId", str)
RightsRequestId = NewType("RightsRequestId", str)
RectificationId = NewType("RectificationId", str)
ProcessingRestrictionId = NewType("ProcessingRestrictionId", str)
ComplaintId = NewType("ComplaintId", str)
DataBreachId = NewType("DataBreachId", str)

ID_TYPES: Final[frozenset[object]] = frozenset(
    {
        PartnershipId,
        AgencyId,
        TeamId,
        WorkerId,
        AccountId,
        CredentialId,
        PersonId,
        SearchId,
        MergeId,
        DetailId,
        FlagId,
        ConsentId,
        BasisId,
        EncounterId,
        LadderId,
        EpisodeId,
        TicketId,
        InvitationId,
        InstrumentId,
        RestrictionId,
        SessionId,
        ServiceId,
        ReferralId,
        NotificationId,
        PlanId,
        GoalId,
        ActionId,
        SheetId,
        SheetRowId,
        AgreementId,
        BreakGlassId,
        DisclosureId,
        EnquiryId,
        TransferId,
        PanelId,
        SampleId,
        CaseId,
        RecommendationId,
        HoldId,
        ErasureId,
        RightsRequestId,
        RectificationId,
        ProcessingRestrictionId,
        ComplaintId,
        DataBreachId,
    }
)
