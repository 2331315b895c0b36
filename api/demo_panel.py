"""The demo's scrutiny panel: a chair and two lay members look at decisions of the published cases.

One sample was looked at and reported on, one was given up, and one is in the room today. The decisions are about
synthetic people; the panel, what it says and what it is answered are made up, and say nothing of any real panel. As
with the demo's present day, what was interrupted is completed, and nothing is done twice; a room that closed is opened.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import msgspec

from api.demo_life import Life
from application.access import Account
from application.posting import see_in_post
from domain.facts import Command
from domain.ids import AgencyId, CaseId, PanelId, PartnershipId, RecommendationId, SampleId, WorkerId
from domain.scrutiny.draw import commitment_to
from domain.scrutiny.grading import ConcludeCase, GradeCase
from domain.scrutiny.panel import ConvenePanel
from domain.scrutiny.recommendation import AnswerRecommendation, FollowUpRecommendation, MakeRecommendation
from domain.scrutiny.reporting import PublishReport
from domain.scrutiny.sample import (
    ROOM_HOURS,
    AbandonSample,
    CastLot,
    CloseRoom,
    CommitSample,
    DrawSample,
    ExcludeCase,
    OpenRoom,
    Stratum,
)
from domain.scrutiny.scrutiny import Scrutiny, scrutiny

SITS_IN: Final = PartnershipId("city-of-london")
"""Where the published cases have steps enough to look at."""
PANEL: Final = PanelId("luscombe")
CHAIR: Final = "panel-chair"
LAY: Final = ("lay-member", "second-lay-member")
REPORTED, GIVEN_UP, IN_THE_ROOM = (SampleId(one) for one in ("autumn-2021", "notices-2021", "summer-2024"))


class Said(msgspec.Struct, frozen=True):
    """What the panel said of a case: its grade, each lay member's own where it is another, and the words for it."""

    grade: str
    own: tuple[str | None, str | None] = (None, None)
    words: str | None = None


AGREED: Final = Said("appropriate")
SAID: Final = (
    AGREED,
    Said("with-observations", words="The card was handed over in English to somebody who reads another language."),
    AGREED,
    AGREED,
    Said(
        "with-observations",
        own=("appropriate", None),
        words="Help had been offered a day before; the ticket does not mention it.",
    ),
    AGREED,
    Said("with-observations", words="It took six weeks until a hub session was offered."),
    AGREED,
    Said(
        "inappropriate",
        own=(None, "no-conclusion"),
        words="The step before had not been given the time that the ladder gives it.",
    ),
    Said("with-observations", words="The reason says what was seen, and not what was asked of the person."),
    AGREED,
    Said("with-observations", words="Nobody asked whether there was somewhere to go that night."),
)
"""By case, in the order of the draw."""
REPORT: Final = (
    "We looked at tickets and notices of the autumn of 2021, drawn so that neither agencies nor we could choose them. "
    "Most were fair and rested on what was known. Where we had something to say, it was mostly the same: people were "
    "given papers that they could not read, and too little was written of what had been offered before. One decision "
    "we would not have taken. This panel and its findings are made up for the demo."
)
ASKED: Final = (
    # id, agency, words, asked so many days ago, to be answered in so many days from today
    ("languages", "csp", "Print the ticket and the hub card in the languages that people read.", 35, -14),
    (
        "reasons",
        "police",
        "Write down with each step what help was offered before, and what became of that.",
        35,
        -5,
    ),
    ("sooner", "drug-and-alcohol-service", "Offer a place at the next session, not at the one after it.", 12, 16),
)
ANSWER: Final = "Ticket, hub card and plan are printed in four more languages; interpreters are asked by telephone."
FOUND: Final = "The Polish and Romanian cards were seen on the table. Lithuanian is still missing."


class Sitting(Life):
    """The panel of one partnership."""

    async def sit(self) -> int:
        """All that it did so far; how much of it is new."""
        for actor in self._workers.values():
            await see_in_post(self._hub.decider, actor, self._hub.clock)
        done = await self.complete("panel", tuple(self._begun()))
        done += await self._room(REPORTED)
        done += await self._looked_at()
        done += await self.complete("panel/report", tuple(self._reported()))
        done += await self._room(IN_THE_ROOM)
        return done + await self.complete("panel/today", tuple(await self._today_so_far()))

    def _begun(self) -> Iterator[tuple[str, Command]]:
        members = frozenset(WorkerId(self._workers[one].worker) for one in LAY)
        yield (
            "administrator",
            ConvenePanel(
                at=self._ago(90),
                panel=PANEL,
                name="Luscombe scrutiny panel (synthetic)",
                chair=WorkerId(self._workers[CHAIR].worker),
                members=members,
                redaction="worded",
            ),
        )
        autumn, summer = ((dt.date(2021, 9, 1), dt.date(2021, 12, 31)), (dt.date(2024, 4, 1), dt.date(2024, 12, 31)))
        question = "Was each step fair, and taken on what was known?"
        yield from self._drawn(REPORTED, 60, question, autumn, (("green", 5), ("amber", 4), ("cpn", 3)))
        yield from self._committed(GIVEN_UP, 50, "Were notices explained?", autumn, (("cpn", 5),))
        why = "The chair fell ill before a lot was cast, and could not show the seed."
        yield CHAIR, AbandonSample(at=self._ago(44), panel=PANEL, sample=GIVEN_UP, reason=why)
        question = "Was everybody told of the hub in words that they understood?"
        yield from self._drawn(IN_THE_ROOM, 7, question, summer, (("green", 3), ("amber", 2)))

    def _committed(
        self,
        sample: SampleId,
        days_ago: float,
        question: str,
        period: tuple[dt.date, dt.date],
        strata: tuple[tuple[str, int], ...],
    ) -> Iterator[tuple[str, Command]]:
        yield (
            CHAIR,
            CommitSample(
                at=self._ago(days_ago),
                panel=PANEL,
                sample=sample,
                question=question,
                commitment=commitment_to(self._seed(sample)),
                strata=tuple(Stratum(stratum=step, kind="ticket-issued", of=step, take=take) for step, take in strata),
                from_date=period[0],
                to_date=period[1],
            ),
        )

    def _drawn(
        self,
        sample: SampleId,
        days_ago: float,
        question: str,
        period: tuple[dt.date, dt.date],
        strata: tuple[tuple[str, int], ...],
    ) -> Iterator[tuple[str, Command]]:
        yield from self._committed(sample, days_ago, question, period, strata)
        at = self._ago(days_ago - 1)
        yield LAY[0], CastLot(at=at, panel=PANEL, sample=sample, lot="the tenth word of today's front page: harvest")
        yield CHAIR, DrawSample(at=at, panel=PANEL, sample=sample, seed=self._seed(sample))

    async def _looked_at(self) -> int:
        """Each case of the sample that was reported on: one left out, the others looked at and graded."""
        cases = (await self._known()).samples[REPORTED].cases
        done = 0
        if not await self._done("panel/left-out/0"):
            out = ExcludeCase(
                at=self._ago(53), panel=PANEL, sample=REPORTED, case=cases[1].case, reason="complaint-open"
            )
            done += await self.complete("panel/left-out", ((CHAIR, out),))
            cases = (await self._known()).samples[REPORTED].cases
        for number, (one, said) in enumerate(zip(cases, SAID, strict=True)):
            done += await self._graded(f"panel/case/{number}", REPORTED, one.case, said)
        return done

    async def _graded(self, name: str, sample: SampleId, case: CaseId, said: Said) -> int:
        """Who sits looks first, and then says."""
        at = self._ago(52)
        own = [
            (worker, GradeCase(at=at, panel=PANEL, sample=sample, case=case, grade=mine or said.grade))
            for worker, mine in zip(LAY, said.own, strict=True)
        ]
        panels = ConcludeCase(at=at, panel=PANEL, sample=sample, case=case, grade=said.grade, observations=said.words)
        if await self._done(f"{name}/{len(own)}"):
            return 0
        for worker in (CHAIR, *LAY):
            await self._look(worker, sample, case)
        return await self.complete(name, (*own, (CHAIR, panels)))

    def _reported(self) -> Iterator[tuple[str, Command]]:
        yield CHAIR, CloseRoom(at=self._ago(52), panel=PANEL, sample=REPORTED)
        yield CHAIR, PublishReport(at=self._ago(35), panel=PANEL, sample=REPORTED, words=REPORT)
        for name, agency, words, days_ago, due_in_days in ASKED:
            yield (
                CHAIR,
                MakeRecommendation(
                    at=self._ago(days_ago),
                    panel=PANEL,
                    recommendation=RecommendationId(name),
                    to_agency=AgencyId(agency),
                    words=words,
                    respond_by=self._today + dt.timedelta(days=due_in_days),
                    sample=REPORTED,
                ),
            )
        answered = RecommendationId(ASKED[0][0])
        yield (
            "coordinator",
            AnswerRecommendation(
                at=self._ago(20),
                panel=PANEL,
                recommendation=answered,
                response="accepted",
                words=ANSWER,
                done_by=self._today - dt.timedelta(days=10),
            ),
        )
        yield (
            CHAIR,
            FollowUpRecommendation(
                at=self._ago(3), panel=PANEL, recommendation=answered, finding="done-in-part", words=FOUND
            ),
        )

    async def _today_so_far(self) -> list[tuple[str, Command]]:
        """One member has graded one case; the chair has not, and so does not see it."""
        case = (await self._known()).samples[IN_THE_ROOM].cases[0].case
        words = "The ticket says when to come, and not where."
        return [
            (
                LAY[0],
                GradeCase(
                    at=self._now,
                    panel=PANEL,
                    sample=IN_THE_ROOM,
                    case=case,
                    grade="with-observations",
                    observations=words,
                ),
            )
        ]

    async def _room(self, sample: SampleId) -> int:
        """The room is open, if the sample has not been reported on."""
        known = (await self._known()).samples[sample]
        if known.published_at is not None or known.open_at(self._now):
            return 0
        opening = OpenRoom(at=self._now, panel=PANEL, sample=sample, hours=ROOM_HOURS)
        return (await self._hub.decider.decide(opening, self._workers[CHAIR])).added

    async def _look(self, worker: str, sample: SampleId, case: CaseId) -> None:
        """A member looks at a pack in the room, and that stands in the ledger."""
        viewer = self._workers[worker]
        account = Account("hub demo", f"pack/{worker}").of(viewer)
        async with self._hub.snapshot(viewer, account) as snapshot:
            await self._hub.of(snapshot).readings.scrutiny_room.pack(viewer, PANEL, sample, case)
        await self._hub.ledger.record(account)

    async def _known(self) -> Scrutiny:
        return await self._hub.decider.know(self.partnership)(scrutiny())

    def _seed(self, sample: SampleId) -> str:
        """The same at each start, and another in each installation: nobody reads it in this file."""
        return self._hub.pseudonym("demo-seed", self.partnership, sample)
