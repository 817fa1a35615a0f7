"""Terms from packages outside rlseg: named by `class_path` in a reward file, or installed as entry points.

A reward file is data: a `class_path` is imported only if the caller has put its package on a list.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, TypeGuard, get_args

from pydantic import Field, JsonValue, PrivateAttr, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from rlseg.arrays import Floats, np
from rlseg.errors import RlsegError
from rlseg.rewards.model import Name, problem
from rlseg.rewards.terms import Scene, Term
from rlseg.rewards.words import printable, quote

OURS = "rlseg"
# the error of `init_args` that holds the errors of the term's own fields
INNER = "inner-errors"
# what a file gives beside the class path, not among the fields of the class
BESIDE = ("kind", "min_score", "weight")
_LONGEST = 200


def find_class(class_path: str, allow: Iterable[str]) -> type[Term]:
    """The term that a class path names.

    Args:
        class_path: dotted path of a module, then the class.
        allow: packages that may be imported; rlseg itself always is.

    Raises:
        PydanticCustomError: not allowed (then nothing has been imported), cannot be imported, or no term.
    """
    module_name, _, name = class_path.rpartition(".")
    package = class_path.split(".")[0]
    if not any(module_name == known or module_name.startswith(f"{known}.") for known in (OURS, *allow)):
        raise problem(
            "bad-reference",
            f"the package {quote(package)} is not among those whose code may run",
            hint=f"if you trust it: --allow {package} on the command line, allow=({package!r},) in Python",
        )
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        what = f"cannot import {quote(module_name)}: {one_line(error)}"
        raise problem("bad-reference", what, hint="is the package installed here, or on PYTHONPATH?") from error
    found = getattr(module, name, None)
    if found is None:
        terms = tuple(sorted(n for n, member in inspect.getmembers(module, inspect.isclass) if _is_term(member)))
        raise problem("bad-reference", f"{quote(module_name)} has no term {quote(name)}", word=name, allowed=terms)
    if not inspect.isclass(found) or not _is_term(found):
        hint = "a term is a subclass of rlseg.rewards.terms.base.Term with a method score(scene)"
        raise problem("bad-reference", f"{quote(class_path)} is no reward term", hint=hint)
    return found


def _is_term(member: type) -> TypeGuard[type[Term]]:
    return issubclass(member, Term) and not inspect.isabstract(member) and member is not OwnTerm


def one_line(error: BaseException) -> str:
    """Kind and text of an exception on one line."""
    text = " ".join(printable(str(error)).split())[:_LONGEST]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _make(cls: type[Term], init_args: dict[str, Any]) -> Term:
    """The working term; its `kind` is the one it declares, or its name."""
    kinds = get_args(cls.model_fields["kind"].annotation)
    return cls.model_validate({**init_args, "kind": kinds[0] if kinds else cls.__name__})


class OwnTerm(Term):
    """A term from another package: `class_path` names a subclass of `rlseg.rewards.terms.base.Term`.

    Its `weight` and `min_score` stand beside the class path, its own fields under `init_args`. The package must be on
    the caller's list (`--allow PACKAGE`), otherwise the file is refused and nothing is imported. A class that looks at
    other segments than the one it scores says `PARTITION = True`: the search that starts a training leaves it out. One
    whose score should follow segments that `at_border: continued` continues gives True from `sees_beyond()`.
    """

    kind: Literal["class_path"] = Field(default="class_path", exclude=True)
    class_path: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w*(\.[A-Za-z_]\w*)+$")] = Field(
        examples=["my_lab.rewards.Convexity"]
    )
    """Package, module and name of the class, with dots between."""
    init_args: dict[Name, JsonValue] = Field(default_factory=dict, validate_default=True)
    """The fields of the class."""
    _term: Term = PrivateAttr()

    @field_validator("class_path")
    @classmethod
    def _can_be_used(cls, class_path: str, info: ValidationInfo) -> str:
        find_class(class_path, (info.context or {}).get("allow", ()))
        return class_path

    @field_validator("init_args")
    @classmethod
    def _fit(cls, init_args: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "class_path" not in info.data:
            return init_args  # there is no class to ask
        for name in BESIDE:
            if name in init_args:
                raise problem(
                    "unknown-key", f"{quote(name)} cannot stand in init_args", hint="put it beside class_path"
                )
        found = find_class(info.data["class_path"], (info.context or {}).get("allow", ()))
        try:
            _make(found, init_args)
        except ValidationError as error:
            inner = error.errors(include_url=False, include_input=False)
            raise PydanticCustomError(INNER, "{schema}", {"schema": found, "errors": inner}) from None
        except Exception as error:
            raise problem("bad-value", f"the term cannot be made: {one_line(error)}") from error
        return init_args

    def model_post_init(self, context: Any, /) -> None:
        """Make the working term; the class has been found and imported by then."""
        module_name, _, name = self.class_path.rpartition(".")
        self._term = _make(getattr(importlib.import_module(module_name), name), self.init_args)

    @property
    def working(self) -> Term:
        """The term that does the work."""
        return self._term

    def score(self, scene: Scene) -> Floats:
        """(M,) scores of the working term, see `score_term`."""
        return self._term.score(scene)

    @property
    def sees_partition(self) -> bool:
        """Whether the working term looks at other segments."""
        return self._term.sees_partition

    def sees_beyond(self) -> bool:
        """Whether the working term measures continued segments."""
        return self._term.sees_beyond()

    def needed_classes(self) -> Iterator[str]:
        """The classes that must be scored before the working term is."""
        return self._term.needed_classes()


def score_term(term: Term, scene: Scene, tag: str) -> Floats:
    """Scores of a term; what a term from another package does wrong is said with its name.

    Args:
        term: ours or another's.
        scene: the segments and what is known about them.
        tag: class and name of the term in the file.

    Returns:
        (M,) floats in [0, 1]; those of our terms may be non-finite, which counts as 0.

    Raises:
        RlsegError: a term from another package fails, or returns no (M,) numbers in [0, 1].
    """
    working = term.working if isinstance(term, OwnTerm) else term
    cls = type(working)
    if not is_of_others(working):
        return working.score(scene)
    who = f"the reward term {tag} ({cls.__module__}.{cls.__qualname__})"
    hint = "this term is not part of rlseg: ask the author of its package"
    try:
        scores = np.asarray(working.score(scene), dtype=np.float64)
    except RlsegError:
        raise
    except Exception as error:
        raise RlsegError(f"{who} fails: {one_line(error)}", hint) from error
    count = scene.segments.count
    if scores.shape != (count,):
        raise RlsegError(f"{who} returns scores of shape {scores.shape}, there are {count} segments", hint)
    bad = int((~np.isfinite(scores)).sum())
    if bad:
        raise RlsegError(f"{who} returns {bad} of {count} scores that are no finite numbers", hint)
    if count and not 0 <= scores.min() <= scores.max() <= 1:
        raise RlsegError(f"{who} returns scores in [{scores.min():g}, {scores.max():g}], they must be in [0, 1]", hint)
    return scores


def is_of_others(part: object) -> bool:
    """Whether a term that does the work, or a class rule, is from another package."""
    return type(part).__module__.split(".")[0] != OURS
