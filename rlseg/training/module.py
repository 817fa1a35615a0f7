"""The LightningModule: when things happen. It knows no formula."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Adam, Optimizer

from rlseg.agent import ActorConfig, CriticConfig, FeatureConfig, Moments
from rlseg.environment import Refinement
from rlseg.environment.solvers import SolverName
from rlseg.errors import RlsegError
from rlseg.graph import Batch, Sample, collate
from rlseg.models import Reference
from rlseg.training.comparison import compare_results
from rlseg.training.evaluation import ImageResult, image_result, summarise, term_means
from rlseg.training.imitation import ImitationConfig
from rlseg.training.landmarks import landmarks, refuse_turning
from rlseg.training.learners import AnyLearner, PolicyGradient, State, Step, step_noise
from rlseg.training.memory import explain_out_of_memory
from rlseg.training.neighbours import see_neighbours
from rlseg.training.networks import AgentConfig, Columns, load_pretrained
from rlseg.training.optimisation import GuardedOptimisation, rate_factor
from rlseg.training.ranks import agree, gather_results, mean_over_ranks, memory_of_rank, memory_of_ranks
from rlseg.training.schedule import batches_of
from rlseg.training.score_watch import ScoreWatch
from rlseg.training.segmenter import Segmenter, plain, reward_of
from rlseg.training.start import Start


class SegmentationModule(Segmenter, LightningModule):
    """Learns to cut a region adjacency graph into objects from a reward file.

    Args:
        reward: path of the reward file.
        learner: which, and its settings, see `rlseg.training.learners`.
        features: what the networks see.
        actor: the policy network.
        critic: the value network of the learners that have one.
        imitation: the start of the training, before the learner takes over.
        refinement: pixel-exact outlines of the final objects, or none to keep those of the superpixels.
        min_score: foreground segments whose reward is not above this are background in the final result.
        constant_share: share of the learner's steps with constant learning rates, which then fall linearly to 2 %.
        clip: largest gradient norm of each optimiser.
        threads: images of a batch whose partitions are solved and rewarded at the same time.
        solver: of the multicuts, see `rlseg.environment.solvers`; no checkpoint carries it.
        seed: of weights and exploration.
        reward_text: the resolved reward file; checkpoints carry it, and it goes before `reward`.
        columns: sizes that only the data know; taken from the data if none. Checkpoints carry them.
        allow: packages from which the reward file's `class_path` terms may be imported; no checkpoint carries it.

    Attributes:
        networks: the feature networks; learner: the networks that learn; both exist once the columns are known.
        reference: what was found on the images of the last validation, or of the one that a checkpoint is from.
        results: of the images of the last validation or test, of all processes; empty before the first.

    Raises:
        RlsegError: neither reward nor reward_text is given, or the reward file is wrong.
    """

    def __init__(
        self,
        reward: str | None = None,
        learner: AnyLearner = PolicyGradient(),
        features: FeatureConfig = FeatureConfig(),
        actor: ActorConfig = ActorConfig(),
        critic: CriticConfig = CriticConfig(),
        imitation: ImitationConfig = ImitationConfig(),
        refinement: Refinement | None = Refinement(),
        min_score: float = 0.1,
        constant_share: float = 0.5,
        clip: float = 10.0,
        threads: int = 2,
        solver: SolverName = "contraction",
        seed: int = 0,
        reward_text: str | None = None,
        columns: Columns | None = None,
        allow: tuple[str, ...] = (),
    ) -> None:
        # values of a checkpoint arrive as plain dicts
        agent = AgentConfig.model_validate(
            {
                "learner": plain(learner),
                "features": plain(features),
                "actor": plain(actor),
                "critic": plain(critic),
            }
        )
        super().__init__(reward_of(reward, reward_text, allow), agent, refinement, min_score, threads, solver, seed)
        self.automatic_optimization = False
        self.constant_share = constant_share
        self.start = Start(ImitationConfig.model_validate(plain(imitation)), self.environment)
        self._results: list[ImageResult] = []
        self.results: list[ImageResult] = []
        self._landmarks: dict[str, float] | None = None
        self.reference: Reference | None = None
        self.guard = GuardedOptimisation(clip)
        self._watch = ScoreWatch()
        if columns is not None:
            self.build(Columns.model_validate(plain(columns)))

    def build(self, columns: Columns) -> None:
        """Make the networks, and keep all settings for the checkpoints."""
        super().build(columns)
        settings = self.agent.model_dump(mode="json") | {
            "imitation": self.start.imitation.config.model_dump(mode="json"),
            "refinement": None if self.refinement is None else self.refinement.model_dump(mode="json"),
            "min_score": self.min_score,
            "constant_share": self.constant_share,
            "clip": self.guard.clip,
            "threads": self.environment.threads,
            "seed": self.seed,
            "reward_text": self.reward.file.resolved_yaml(),
            "columns": columns.model_dump(mode="json"),
        }
        # plain values only, so that checkpoints load without running code
        self.save_hyperparameters(settings, logger=False)  # the callback `Board` hands them to the loggers

    def prepare(self, samples: Sequence[Sample], turned: bool = False) -> None:
        """Build the networks once the data are known, and standardise the features on these samples.

        Nothing is rebuilt when a checkpoint has brought its networks; then the data must be of its kind.

        Args:
            samples: of training, or those to evaluate; at least one.
            turned: whether the images are turned and mirrored at random.

        Raises:
            RlsegError: the checkpoint was trained on another kind of data, or the reward cannot judge these.
        """
        first = samples[0]
        # a reward that asks for what the images lack is found before anything is trained or written
        self.environment.judge(first, np.zeros((1, first.regions.num_nodes), np.int64))
        if turned:
            refuse_turning(first, self.environment)
        columns = Columns(
            node=first.node_features.shape[1],
            edge=first.edge_features.shape[1],
            channels=len(first.image),
            sizes=tuple(sorted(first.subgraphs)),
            dimensions=first.superpixels.ndim if self.agent.features.unet is not None else 2,
        )
        if self.columns is None:
            self.build(columns)
            load_pretrained(self.networks, self.agent.features)
            self.learner.begin()
            nodes, edges = Moments(columns.node), Moments(columns.edge)
            for sample in samples:
                nodes.add(torch.from_numpy(sample.node_features))
                edges.add(torch.from_numpy(sample.edge_features))
            self.networks.node_standard.fit(nodes)
            if edges.count:
                self.networks.edge_standard.fit(edges)
        elif columns != self.columns:
            raise RlsegError(
                f"the checkpoint was trained on other data: it has {self.columns}, these have {columns}",
                "use images with the same channels, and the same data.preparation",
            )

    @property
    def optimizer_count(self) -> int:
        """Optimisers that step on each batch."""
        return len(self.learner.parameter_groups())

    def setup(self, stage: str) -> None:
        """See `prepare`."""
        data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
        see_neighbours(data, stage, self.reward, self.min_score)
        self.prepare(data.samples_of(stage), turned=stage == "fit" and data.augment)

    def configure_optimizers(self) -> list[Optimizer]:
        """One Adam for each group of the learner; the first one also trains the feature networks."""
        groups = list(self.learner.parameter_groups().values())
        features = [p for p in self.networks.parameters() if p.requires_grad]
        groups[0] = (groups[0][0] + features, groups[0][1])
        return [Adam(parameters, lr=rate, foreach=True) for parameters, rate in groups]

    def _recall(self, mixed: bool, names: Sequence[str]) -> State:
        data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
        with torch.autocast(self.device.type, enabled=mixed):
            return self.state(collate(data.train_samples.named(names)).to(self.device))

    @torch.no_grad()
    def on_train_start(self) -> None:
        """See which images have lessons that are worth imitating."""
        if isinstance(self.trainer.model, DistributedDataParallel):
            # DDP has made them equal at the start, and nothing makes them differ: to send them in each step is for
            # running means, which no network here has
            self.trainer.model.broadcast_buffers = False
        phase, trainer = self.start.phase, self.trainer
        most = phase.most(self._batches)
        if phase.length is None and most:
            data: Any = trainer.datamodule  # type: ignore[attr-defined]
            self.start.look_ahead(trainer, int(self.steps_done), data.first_samples(most), self._mode_of)

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """One batch: one loss, one backward pass, one step of each optimiser.

        Raises:
            RlsegError: the memory is not enough, the training has diverged, or a term gives no numbers.
        """
        with self._memory(batch):
            self._train(batch)

    def _memory(self, batch: Batch) -> AbstractContextManager[None]:
        return explain_out_of_memory(batch, self.agent.learner.samples)

    def _train(self, batch: Batch) -> None:
        began = time.perf_counter()
        number = int(self.steps_done)
        total = self._batches
        imitating = self.start.phase.goes_on(number, total)
        own, progress = (0, 0.0) if imitating else self._place(number)
        step, featured = self._imitated(batch) if imitating else self._learned(batch, own, progress)
        self._watch.add(step.outcomes)
        stepped = time.perf_counter()
        optimised = self._optimise(step, progress, imitating)
        self.learner.after_step(number)
        self.steps_done += 1
        times = {
            "time/features_ms": 1e3 * (featured - began),
            "time/loss_ms": 1e3 * (stepped - featured),
            "time/backward_ms": 1e3 * (time.perf_counter() - stepped),
        }
        if step.outcomes:
            times["time/environment_ms"] = 1e3 * self.environment.seconds
        self._log_training(step, optimised | times)
        if step.actions is not None and self.start.phase.judges(number, total):
            self.start.look_back(self.trainer, number, batch.samples, batch.edges_by_sample(step.actions[0]))

    def _imitated(self, batch: Batch) -> tuple[Step, float]:
        """A step of the imitation, and when its features were known."""
        state = self.state(batch)
        featured = time.perf_counter()
        with self._whole_precision():
            step = self.start.imitation.step(self.learner.actor, state)
        return replace(step, idle=self.learner.besides_the_actor()), featured

    def _learned(self, batch: Batch, own: int, progress: float) -> tuple[Step, float]:
        """A step of the learner, from the batch or from its memory, and when the features of the batch were known."""
        noise = step_noise(self.seed, self.global_rank, int(self.steps_done))
        recall = partial(self._recall, torch.is_autocast_enabled(self.device.type))
        featured = time.perf_counter()
        with self._whole_precision():
            step = self.learner.rehearse(len(batch.samples), recall, self.environment, noise, own)
        if step is not None:
            return step, featured
        state = self.state(batch)
        featured = time.perf_counter()
        with self._whole_precision():
            return self.learner.step(state, self.environment, noise, own, progress), featured

    def _optimise(self, step: Step, progress: float, imitating: bool) -> dict[str, float]:
        found = self.optimizers()
        groups = self.learner.parameter_groups()
        optimizers: dict[str, Any] = dict(zip(groups, found if isinstance(found, list) else [found], strict=True))
        for optimizer in optimizers.values():
            optimizer.zero_grad()
        # a distributed run expects a gradient of every parameter, so the idle ones get zeros, and then none
        self.manual_backward(step.loss + 0.0 * sum(p.sum() for p in step.idle))
        for parameter in step.idle:
            parameter.grad = None
        factor = rate_factor(progress, self.constant_share)
        rates = {
            name: self.start.imitation.config.lr if imitating else rate * factor for name, (_, rate) in groups.items()
        }
        return self.guard.step((self.networks, self.learner), optimizers, rates, lambda ok: agree(self.trainer, ok))

    def _log_training(self, step: Step, more: dict[str, float]) -> None:
        every = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        if every <= 0 or int(self.steps_done) % every:
            return  # nobody would see it, and to hand it over takes as long as to augment a batch
        terms = {f"reward/{name}": value for name, value in term_means(step.outcomes).items()}
        if step.outcomes:
            terms["reward/non_finite_scores"] = float(self._watch.failed.total())
        scalars = mean_over_ranks(self.trainer, step.scalars | terms)
        # the batch, as the other curves count; without it Lightning would add a curve of the epochs
        self.log_dict(scalars | more | {"step": float(self.steps_done)}, batch_size=1)
        if "reward/train" in scalars:
            self.log("reward", scalars["reward/train"], prog_bar=True, logger=False, batch_size=1)
        board: Any = getattr(self.logger, "experiment", None)
        if step.outcomes and step.actions is not None and hasattr(board, "add_histogram"):
            board.add_histogram("policy/actions", step.actions.detach().cpu(), int(self.steps_done))

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Segment and keep the numbers."""
        with self._memory(batch):
            self._results += [image_result(result, self.reward) for result in self.segment(batch)]

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Segment and keep the numbers."""
        self.validation_step(batch, batch_idx)

    def on_validation_epoch_end(self) -> None:
        """Log the means over all images of all processes."""
        if self._landmarks is None:
            data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
            self._landmarks = landmarks(data.validation_samples, self.reward)
        self._log_results("validation", self._landmarks)

    def on_test_epoch_end(self) -> None:
        """Log the means over all images of all processes."""
        self._log_results("test", {})

    def _log_results(self, part: str, more: dict[str, float]) -> None:
        results = self.results = gather_results(self.trainer, self._results)
        self._results = []
        self.reference = compare_results(self.trainer, self.reference, results)
        if results:
            # every process has all results, so nothing is left to be reduced
            summary = {f"{part}/{name}": value for name, value in (summarise(results) | more).items()}
            summary["step"] = float(self.steps_done)
            self.log_dict(summary, batch_size=len(results), rank_zero_only=False)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add how images are prepared and what the learner remembers."""
        data: Any = getattr(self.trainer, "datamodule", None)
        if data is not None:
            checkpoint["preparation"] = data.preparation.model_dump(mode="json")
        checkpoint["learner_memory"] = memory_of_ranks(self.trainer, self.learner.memory())
        checkpoint["guard"] = self.guard.state_dict()
        checkpoint["imitation"] = self.start.state_dict()
        checkpoint["reference"] = None if self.reference is None else self.reference.model_dump(mode="json")

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore what the learner remembers."""
        self.check_weights(checkpoint["state_dict"])
        if "guard" in checkpoint:
            self.guard.load_state_dict(checkpoint["guard"])
        self.start.load_state_dict(checkpoint.get("imitation"), int(checkpoint["state_dict"]["steps_done"]))
        self.learner.load_memory(memory_of_rank(checkpoint.get("learner_memory", {}), self.global_rank))
        if checkpoint.get("reference") is not None:
            self.reference = Reference.model_validate(checkpoint["reference"])

    @property
    def _batches(self) -> int | None:
        return batches_of(self.trainer, self.optimizer_count)

    def _place(self, number: int) -> tuple[int, float]:
        """Steps of the learner before batch `number`, and what share of them is over; 0 in one without end."""
        own = number - (self.start.phase.length or 0)
        total = self._batches
        return own, 0.0 if total is None else min(1.0, own / max(total - number + own, 1))
