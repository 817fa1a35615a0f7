"""When the imitation ends."""

from __future__ import annotations

from typing import Any

import pytest

from rlseg.training.imitation_phase import EVERY, WINDOW, ImitationPhase


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Any:
    """What was said since it was last asked."""
    caplog.set_level("INFO")

    def text() -> str:
        found = caplog.text + capsys.readouterr().err
        caplog.clear()
        return found

    return text


def sums(policy: float, teacher: float, images: int = 4) -> dict[str, float]:
    return {"policy": images * policy, "teacher": images * teacher, "images": images}


@pytest.mark.parametrize(
    ("steps", "share", "total", "most"),
    [
        (150, 0.25, 400, 100),
        (150, 0.25, 1000, 150),
        (150, 0.25, 3, 0),
        (150, 0.29, 100, 29),
        (150, 0.25, None, 150),
        (1_000_000, 1.0, 150, 150),
        (0, 1.0, 150, 0),
        (150, 0.0, 400, 0),
    ],
)
def test_steps_and_share_both_bound_it(steps: int, share: float, total: int | None, most: int, said: Any) -> None:
    phase = ImitationPhase(steps, share)
    assert phase.most(total) == most
    numbers = range(min(most + 5, total or most + 5))
    assert [phase.goes_on(number, total) for number in numbers] == [number < most for number in numbers]
    assert phase.length == (most if most < len(numbers) else None)
    reason = f"model.imitation.steps is {steps}" if most == steps else f"model.imitation.share is {share:g}"
    expected = f"imitation ends after {most} batches: {reason}\n"
    # nothing is said of what nobody asked for, and at the end of the training
    assert said().count(expected) == (steps > 0 and phase.length is not None)


def test_a_policy_that_is_paid_more_than_its_teacher_ends_it(said: Any) -> None:
    phase = ImitationPhase(150, 0.25)
    for number in range(WINDOW - 1):
        phase.add(number, sums(0.9, 0.5))
    phase.add(5, sums(0.9, 0.5, images=0))  # a batch without an image to compare says nothing
    assert phase.length is None, "a few images are too few"
    phase.add(17, sums(0.3, 0.9))
    assert phase.length == 18, "the mean over all of them is larger"
    text = said()
    assert (
        text.count("imitation ends after 18 batches: what the policy finds is paid 0.750, what the search finds 0.6")
        == 1
    )
    assert not phase.goes_on(18, 1000)
    assert said() == ""


def test_only_the_last_images_count() -> None:
    phase = ImitationPhase(150, 0.25)
    for number in range(3 * WINDOW):
        phase.add(number, sums(0.1, 0.9))
    for number in range(WINDOW):
        assert phase.length is None
        phase.add(100 + number, sums(0.8, 0.7))
    assert phase.length == 100 + WINDOW
    equal = ImitationPhase(150, 0.25)
    for number in range(9):
        equal.add(number, sums(0.5, 0.5))
    assert equal.length is None


def test_it_is_judged_every_few_batches_unless_it_is_to_last_to_the_end() -> None:
    def judged(phase: ImitationPhase, total: int | None) -> list[int]:
        return [number for number in range(20) if phase.judges(number, total)]

    assert judged(ImitationPhase(150, 0.25), 400) == list(range(EVERY - 1, 20, EVERY))
    assert judged(ImitationPhase(150, 1.0), 400) == judged(ImitationPhase(150, 1.0), None) != []
    assert judged(ImitationPhase(1_000_000, 1.0), 400) == []
    over = ImitationPhase(150, 0.25)
    over.end(0, "")
    assert judged(over, 400) == []


def test_what_is_kept_of_it_goes_on_where_it_was() -> None:
    phase = ImitationPhase(150, 0.25)
    for number in range(WINDOW - 1):
        phase.add(number, sums(0.1 + number / 3, 0.4))
    again = ImitationPhase(150, 0.25)
    again.load_state_dict(phase.state_dict())
    assert again.state_dict() == phase.state_dict()
    for one in (phase, again):
        one.add(20, sums(0.9, 0.4))
    assert phase.length == again.length == 21
    again.load_state_dict(phase.state_dict())
    assert not again.goes_on(22, 4000), "it does not begin again in a longer training"
