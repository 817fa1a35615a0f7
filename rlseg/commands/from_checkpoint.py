"""Which settings come from the checkpoint, which from the user, and that both say the same where both speak.

| settings | come from |
| --- | --- |
| `model.*`, `data.preparation`; in `fit` also `seed_everything` | the checkpoint; who gives them must give the same |
| `model.threads` | the user, else the checkpoint |
| `model.solver`, `model.allow`, the rest of `data.*`, `trainer.*` | the user |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonargparse import ArgumentParser, Namespace

from rlseg.commands.choices import Choice, Place, as_parsed, part_of
from rlseg.commands.config_text import ConfigurationReader
from rlseg.commands.differences import differences, plain, show
from rlseg.commands.one_reward import refuse_two_rewards
from rlseg.errors import RlsegError

OF_THE_USER = ("threads", "solver", "allow")
"""Settings of the model that change no result."""
KNOWN_LATER = ("columns", "channels", "reward", "reward_text")
"""Settings of the model that are none until they are known; a configuration with all settings written out says so."""
CHOSEN_LATER = {"data.preparation.superpixels": "auto"}
"""Kinds that stand for any other; a checkpoint says which that was."""
TRAINER = "trainer"
NOT_GIVEN = -1
"""A seed that nobody may give."""
HINT = "leave it out, and the checkpoint's is used; another value needs a training of its own, without --ckpt_path"
REWARD_HINT = (
    "--model.reward null takes that of the checkpoint; another reward needs a training of its own, without --ckpt_path"
)


def given_settings(
    parser: ArgumentParser, words: list[str], choices: Mapping[str, Choice], reader: ConfigurationReader
) -> dict[str, Any]:
    """What the user said in files and words, without any default.

    Args:
        parser: of the command line.
        words: the command line, the verb first.
        choices: settings of one of several kinds, which stand in `words` with all their defaults.
        reader: of the configuration files.

    Returns:
        model, data with the preparation alone, and seed_everything if it was given; plain nested values.
    """
    # what is given of the trainer is not asked, and makes no sense without the defaults around it
    with reader.leaving_out(TRAINER):
        line = [words[0], f"--seed_everything={NOT_GIVEN}", *_without_trainer(words[1:])]
        found = parser.parse_args(line, defaults=False)
    said = plain(found[words[0]])
    preparation = part_of(said, "data.preparation") or {}
    given: dict[str, Any] = {"model": said.get("model", {}), "data": {"preparation": preparation}}
    if said["seed_everything"] != NOT_GIVEN:
        given["seed_everything"] = said["seed_everything"]
    for key, choice in choices.items():
        if choice.said:
            section, _, name = key.rpartition(".")
            part_of(given, section)[name] = choice.given()
            if choice.kind == CHOSEN_LATER.get(key):
                del part_of(given, section)[name]
    # the seed of the model follows seed_everything
    unsaid = ["seed", *(name for name in KNOWN_LATER if given["model"].get(name) is None)]
    given["model"] = {name: value for name, value in given["model"].items() if name not in unsaid}
    return given


def _without_trainer(words: list[str]) -> list[str]:
    rest: list[str] = []
    following = iter(words)
    for word in following:
        if not word.startswith(f"--{TRAINER}"):
            rest.append(word)
        elif "=" not in word:
            next(following, None)  # its value
    return rest


def settle(
    parser: ArgumentParser, config: Namespace, given: Mapping[str, Any], checkpoint: Mapping[str, Any], place: Place
) -> Namespace:
    """The configuration with the settings of the checkpoint.

    Args:
        parser: of the command line.
        config: as parsed from files and words.
        given: what of it the user said, see `given_settings`.
        checkpoint: as `read_checkpoint` gives it.
        place: where a key stands in a file, if it does.

    Raises:
        RlsegError: the user gave a setting that is another one in the checkpoint; both are named.
    """
    verb = config.subcommand
    mine = config[verb]
    owner = f"the checkpoint {mine.ckpt_path}"
    model = dict(checkpoint["hyper_parameters"])
    if "learner" in model:
        model["learner"] = as_parsed("model.learner", model["learner"])
    model |= {name: value for name, value in given["model"].items() if name in OF_THE_USER}
    if "reward_text" in model:
        model["reward"] = given["model"].get("reward")
        for text, name in ((given["model"].get("reward_text"), "model.reward_text"), (model["reward_text"], owner)):
            refuse_two_rewards(model["reward"], text, name, REWARD_HINT, mine.model.allow)
    preparation = dict(checkpoint["preparation"])
    if "superpixels" in preparation:
        preparation["superpixels"] = as_parsed("data.preparation.superpixels", preparation["superpixels"])
    base = config.clone()
    # what the checkpoint does not say is the default, not what the user gave
    del base[verb]["model"], base[verb]["data"]["preparation"]
    if verb == "fit":
        base[verb].seed_everything = model.get("seed", mine.seed_everything)
    settled = parser.parse_object({verb: {"model": model, "data": {"preparation": preparation}}}, base)
    # plain values again: the writer of config.yaml knows none of the models that the parser has made of them
    for name in ("objects", "derived"):
        if preparation.get(name):
            settled[verb].data.preparation[name] = preparation[name]
    _refuse_differences(given, plain(settled[verb]), verb == "fit", owner, place)
    return settled


def _refuse_differences(
    given: Mapping[str, Any], settled: Mapping[str, Any], seeded: bool, owner: str, place: Place
) -> None:
    """Seeds draw nothing in an evaluation."""
    compared = {name: value for name, value in given.items() if seeded or name != "seed_everything"}
    found = list(differences(compared, settled))
    if not found:
        return
    key, here, there = found[0]
    where = place(key, show(here))
    others = [name for name, *_ in found[1:]]
    more = f" (so are {', '.join(others[:3])}{' ...' if len(others) > 3 else ''})" if others else ""
    raise RlsegError(
        f"{f'{where}: ' if where else ''}{key} is {show(here)}, but {show(there)} in {owner}{more}",
        HINT,
    )
