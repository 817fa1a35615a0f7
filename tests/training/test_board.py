"""What TensorBoard shows first, as its own readers read it."""

from __future__ import annotations

from typing import Any

import pytest
from nuclei import Run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from rlseg.training.callbacks.board import Board


@pytest.fixture(params=["trained", "trained_guided"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shown(run: Run) -> EventAccumulator:
    return EventAccumulator(str(run.folder), size_guidance={"tensors": 0}).Reload()


def test_the_groups_that_are_opened_first_are_those_to_look_at(shown: EventAccumulator) -> None:
    tags = shown.Tags()
    groups = sorted({tag.partition("/")[0] for kind in ("scalars", "images", "histograms") for tag in tags[kind]})
    assert groups[:2] == ["Overview", "Pictures"]
    assert not {"epoch", "hp_metric", "step"} & set(groups)
    for title, tag in (("1 reward", "reward"), ("2 objects", "objects"), ("4 mean AP", "mean_ap")):
        copy = [(event.step, event.value) for event in shown.Scalars(f"Overview/{title}")]
        assert copy == [(event.step, event.value) for event in shown.Scalars(f"validation/{tag}")]
        assert [step for step, _ in copy] == [3, 6, 9, 12]


def test_charts_show_curves_that_are_there(run: Run, shown: EventAccumulator) -> None:
    import re

    (event,) = shown.Tensors("custom_scalars__config__")
    layout = Layout.FromString(event.tensor_proto.string_val[0])
    assert [category.title for category in layout.category] == ["Outcome", "Rules", "Learning", "Health"]
    charts = {chart.title: list(chart.multiline.tag) for category in layout.category for chart in category.chart}
    assert ("critic" in charts) == (shown.Tags()["scalars"].count("loss/critic") == 1)
    for title, patterns in charts.items():
        for pattern in patterns:
            assert any(re.match(pattern, tag) for tag in shown.Tags()["scalars"]), (title, pattern)


def test_the_command_and_the_reward_file_are_texts(run: Run, shown: EventAccumulator) -> None:
    def text(start: str) -> str:
        (tag,) = (tag for tag in shown.Tags()["tensors"] if tag.startswith(start))
        return str(shown.Tensors(tag)[0].tensor_proto.string_val[0].decode())

    assert text("1 command").startswith("    rlseg fit \\\n      --allow rank_report \\\n")
    reward = run.content()["hyper_parameters"]["reward_text"]
    assert text("2 reward file, nuclei") == "".join(f"    {line}\n" for line in reward.splitlines())


def test_settings_of_runs_can_be_compared(run: Run, shown: EventAccumulator) -> None:
    parts: dict[str, Any] = {
        name: HParamsPluginData.FromString(content) for name, content in shown.PluginTagToContent("hparams").items()
    }
    assert set(parts) == {"_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"}
    metrics = [info.name.tag for info in parts["_hparams_/experiment"].experiment.metric_infos]
    assert metrics == ["validation/reward", "validation/objects", "validation/mean_ap"]
    settings = parts["_hparams_/session_start_info"].session_start_info.hparams
    assert sorted(settings)[:5] == ["1 reward", "2 learner", "3 superpixels", "4 images", "5 seed"]
    assert settings["2 learner"].string_value == run.content()["hyper_parameters"]["learner"]["kind"]
    assert settings["imitation.steps"].number_value == 6
    assert settings["preparation.superpixels.kind"].string_value == settings["3 superpixels"].string_value
    assert "reward_text" not in settings


def test_a_command_is_one_that_a_shell_takes() -> None:
    assert Board(["fit", "--data.images", "my images"]).command == "rlseg fit \\\n  --data.images 'my images'"
