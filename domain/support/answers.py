"""Whether a referral answers the questions that the service asks of every referral."""

import datetime as dt
import math
from collections.abc import Iterable

import msgspec

from domain.facts import PersonalClass
from domain.refusals import Guarded, Refusal, Unreadable
from domain.support.referral import Answer, AnswerValue
from domain.support.service import Question


class QuestionUnanswered(Guarded):
    """The service needs to know this first."""

    code = "question-unanswered"
    rule = "A referral answers each question that the service requires (ours)."
    permitted_by = "Answer the question that is named."


class AnswerUnfit(Unreadable):
    """An answer of another kind than the question asks for."""

    code = "answer-unfit"
    rule = "A yes-no question is answered by true or false, a choice by one of its choices, a date in ISO 8601 (ours)."


class NoSuchQuestion(Unreadable):
    """The service asks no such thing."""

    code = "no-such-question"
    rule = "A referral answers the service's own questions and no others: what nobody needs is not shared (ours)."


class AnsweredTwice(Unreadable):
    """Two answers to one question."""

    code = "answered-twice"
    rule = "A question is answered once (ours)."


def unfit(questions: tuple[Question, ...], answers: tuple[Answer, ...]) -> Iterable[Refusal]:
    """What is wrong with what was answered, each naming its question."""
    by_id = {question.id: question for question in questions}
    seen: set[str] = set()
    for answer in answers:
        question = by_id.get(answer.question)
        if question is None:
            yield NoSuchQuestion(question=answer.question)
        elif answer.question in seen:
            yield AnsweredTwice(question=answer.question)
        elif not fits(question, answer.value):
            yield AnswerUnfit(question=answer.question, kind=question.kind)
        seen.add(answer.question)


def unanswered(questions: tuple[Question, ...], answers: tuple[Answer, ...]) -> Iterable[Refusal]:
    """Required questions without an answer."""
    seen = {answer.question for answer in answers}
    return (QuestionUnanswered(question=one.id) for one in questions if one.required and one.id not in seen)


def fits(question: Question, value: AnswerValue) -> bool:
    """Whether a value answers a question of this kind."""
    match question.kind:
        case "text":
            return isinstance(value, str) and bool(value.strip())
        case "yes-no":
            return isinstance(value, bool)
        case "choice":
            return isinstance(value, str) and value in question.choices
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "date":
            return isinstance(value, str) and _is_date(value)


def of_class(personal_class: PersonalClass, questions: tuple[Question, ...], answers: tuple[Answer, ...]) -> str | None:
    """The answers of one class as a JSON object of question id to answer; None where there are none."""
    classes = {question.id: question.personal_class for question in questions}
    found = {one.question: one.value for one in answers if classes.get(one.question) == personal_class}
    return msgspec.json.encode(found, order="sorted").decode() if found else None


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
