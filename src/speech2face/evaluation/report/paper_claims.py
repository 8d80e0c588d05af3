"""The claims of the paper, its supplement and its preprint, each with the figure that tests it."""

from speech2face.evaluation.report.claims import Claim, Effect, above, below, equal, every
from speech2face.evaluation.report.kinds import ALIKE, ALIKE_PERCENTILE, RECALL, above_chance, agreement, shown, variant

CLAIMS = (
    shown(
        "teaser",
        "Figure 1",
        "Six voices of VoxCeleb give pictures that look like those who speak.",
        "Six talkers spread evenly over the list of all; nobody chose them.",
    ),
    shown(
        "system",
        "Figure 2, table 1",
        "A voice encoder of nine convolutions turns 598 x 257 x 2 numbers into a face feature of 4,096; a frozen "
        "decoder draws it.",
        "The same chain; the diagram's sizes are read from the networks as they run, the paper's encoder beside this "
        "run's.",
        "a diagram claims nothing; a test holds every size of table 1",
    ),
    shown(
        "talkers",
        "Section 4, data",
        "Learned from millions of segments of educational videos.",
        "Learned from an invented world, whose couplings of voice and face are numbers in the config.",
        "no data set is compared with another",
    ),
    shown(
        "population",
        "Figure 4b",
        "62.6 % of 4,986 test faces are men; half are White; most are 20 to 49.",
        "{population/test/sex/male} % of the test speakers are men; group and age are spread evenly by construction.",
        "statistics of another data set",
    ),
    Claim(
        figure="triplets",
        source="Figure 3",
        paper="Pictures made from voices look like faces, frontal and with a neutral expression.",
        run="A face is found in {s2f/faces/detected} % of the pictures made from voices.",
        rule="a face is found in more than 95 %",
        test=above("s2f.faces.detected", 95.0),
    ),
    shown(
        "triplet_gallery",
        "Supplement, 500 triplets",
        "Hundreds of triplets, drawn at random, show what the average picture is like.",
        "All test clips, good and bad.",
    ),
    shown(
        "published",
        "Project page, samples",
        "The authors publish test recordings with the pictures that their network drew.",
        "Their pictures beside this run's, of the same recordings.",
    ),
    shown(
        "gain",
        "Project page, file names",
        "Released pictures are exaggerated by 0, 0.7 and 1.4, which the paper does not explain.",
        "Recall and sharpness over the gain, and pictures at each; validation speakers choose.",
    ),
    shown(
        "scaling",
        "Section 4, dataset",
        "The network learns from 1.7 million clips; results for fewer are not given.",
        "Recall by the number of training pairs, and a guess of where it leads.",
    ),
    shown(
        "decoder_parts",
        "Section 3.2, decoder",
        "A decoder after Cole et al. draws landmarks and texture apart and joins them by a warp; the parts are not "
        "shown.",
        "The parts are shown.",
    ),
    Claim(
        figure="generation",
        source="Supplement, figure 4",
        paper="Pictures decoded from the true face's feature keep the person: sex agrees in 98 (men) and 89 % (women).",
        run="Sex agrees in {f2f/confusion/sex/agreement} % of the F2F pictures; their embedding's cosine with that "
        "of the true face is {f2f/generation/cosine}, with other people's {f2f/generation/cosine_other}.",
        rule=f"the agreement on sex is at most {ALIKE:g} points below the paper's 94.6 %, and the cosine lies above "
        "that of other people",
        test=every(
            above("f2f.confusion.sex.agreement", 94.6, -ALIKE),
            above("f2f.generation.cosine", "f2f.generation.cosine_other"),
        ),
        effects=(Effect(what="agreement on sex, %", measure="f2f.confusion.sex.agreement", paper=94.6),),
    ),
    shown(
        "attributes",
        "Figure 4",
        "The paper compares what one classifier reads in two pictures; the truth is not known.",
        "Against the truth a probe reads sex in {s2f/attributes/sex/accuracy}, age band in "
        "{s2f/attributes/age_band/accuracy} and group in {s2f/attributes/ethnicity/accuracy} % from the voice.",
        "the paper has no such number",
    ),
    agreement(
        "sex",
        "Figure 4a, sex",
        "The sex read from S2F pictures agrees with the original in 94 % of cases, of men and of women.",
        94.0,
        wins=True,
    ),
    agreement(
        "age_band",
        "Figure 4a, age",
        "Ages agree along a broad diagonal; by the paper's own counts 28.6 % agree exactly, and always giving the "
        "commonest decade scores 29.5 %.",
        28.6,
        wins=False,
    ),
    agreement(
        "ethnicity",
        "Figure 4a, ethnicity",
        "White and Asian are read rightly more often than not; by the paper's own counts 47.6 % agree, and always "
        "giving White scores 50.2 %.",
        47.6,
        wins=False,
    ),
    shown(
        "confusion_upper",
        "Supplement, figure 4",
        "From the true face's feature the decoder keeps 68.5 % of ethnicities; F2F against S2F was never published.",
        "It keeps {f2f/confusion/ethnicity/agreement} % of groups and {f2f/confusion/age_band/agreement} % of age "
        "bands; F2F and S2F agree in {f2f_s2f/confusion/sex/agreement} % on sex.",
        "an upper bound, and a matrix that the paper does not print",
    ),
    Claim(
        figure="craniofacial",
        source="Figure 5",
        paper="Craniofacial measures of F2F and S2F pictures correlate: nose width 0.35, nasal index 0.38, random "
        "pairs 0.02.",
        run="Nose width {s2f/craniofacial/nose_width/correlation}, nasal index "
        "{s2f/craniofacial/nasal_index/correlation}, random pairs {random/craniofacial/nasal_index/correlation}.",
        rule="both lie above those of random pairs",
        test=every(
            *(
                above(f"s2f.craniofacial.{what}.correlation", f"random.craniofacial.{what}.correlation")
                for what in ("nose_width", "nasal_index")
            )
        ),
        effects=(
            Effect(what="nose width, r", measure="s2f.craniofacial.nose_width.correlation", paper=0.35),
            Effect(what="nasal index, r", measure="s2f.craniofacial.nasal_index.correlation", paper=0.38),
        ),
        planted=True,
    ),
    Claim(
        figure="similarity",
        source="Table 2",
        paper="Features from 6 s of a voice are nearer to the true face than those from 3 s: 45.75 against 48.43 "
        "degrees.",
        run="{s2f/similarity/cosine_degrees} degrees from 6 s, {s2f_3s/similarity/cosine_degrees} from 3 s, "
        "{random_face/similarity/cosine_degrees} to another person's face; paired, 3 s are "
        "{s2f/lengths/3/against_6/angle_degrees} degrees farther.",
        rule="the paired difference of 3 s to 6 s, in degrees, lies above 0",
        test=above("s2f.lengths.3.against_6.angle_degrees", 0.0),
        effects=(
            Effect(what="3 s less 6 s, degrees", measure="s2f.lengths.3.against_6.angle_degrees", paper=2.68),
            Effect(what="6 s, degrees", measure="s2f.similarity.cosine_degrees", paper=45.75),
        ),
    ),
    Claim(
        figure="retrieval",
        source="Table 3",
        paper="The true face is among the nearest 1, 2, 5 and 10 % of 5,000 in 10.92, 17.00, 30.60 and 45.82 % of "
        "cases.",
        run="Among the nearest 1, 5 and 10 %: {s2f/retrieval/raw_cosine/recall_at_1_percent}, "
        "{s2f/retrieval/raw_cosine/recall_at_5_percent} and {s2f/retrieval/raw_cosine/recall_at_10_percent} %; "
        "chance at 10 % is {chance/retrieval/recall_at_10_percent} %, a regression on acoustic measures finds "
        "{acoustic_ridge/retrieval/raw_cosine/recall_at_10_percent} % (raw cosine, one clip a speaker).",
        rule="at 1, 2, 5 and 10 % recall lies above chance, and at 10 % above that of the regression without a network",
        test=every(
            *(above_chance(k) for k in (1, 2, 5, 10)),
            above(f"s2f.{RECALL}", f"acoustic_ridge.{RECALL}"),
        ),
        effects=tuple(
            Effect(what=f"R@{k} %", measure=f"s2f.retrieval.raw_cosine.recall_at_{k}_percent", paper=paper)
            for k, paper in ((1, 10.92), (2, 17.0), (5, 30.6), (10, 45.82))
        ),
        planted=True,
    ),
    Claim(
        figure="retrieval",
        source="Table 3, metrics",
        paper="Cosine finds more faces than L1 and L2: 45.82 against 36.22 and 35.84 % at 10 %.",
        run="Cosine {s2f/retrieval/raw_cosine/recall_at_10_percent}, L1 {s2f/retrieval/l1/recall_at_10_percent}, L2 "
        "{s2f/retrieval/l2/recall_at_10_percent} %.",
        rule="the recall by cosine lies above both others",
        test=every(
            *(above(f"s2f.{RECALL}", f"s2f.retrieval.{metric}.recall_at_10_percent") for metric in ("l1", "l2"))
        ),
        effects=tuple(
            Effect(what=f"R@10 % by {what}", measure=f"s2f.retrieval.{metric}.recall_at_10_percent", paper=paper)
            for what, metric, paper in (("cosine", "raw_cosine", 45.82), ("L1", "l1", 36.22), ("L2", "l2", 35.84))
        ),
    ),
    shown(
        "retrieval_examples",
        "Figure 7",
        "The faces nearest to a voice share its speaker's looks even where the true one is not among them.",
        "The nearest five for some speakers spread evenly over the list; the true one is framed.",
    ),
    shown(
        "retrieval_gallery",
        "Supplement, 100 retrievals",
        "Of 100 queries printed with their ranks, 10 are among the first 50 of 5,000 and none is first; the median "
        "rank is 550.",
        "The ranks stand beside the pictures; as a share, the true face is first in "
        "{s2f/retrieval/cosine/recall_at_1} % of cases among {chance/retrieval/recall_at_1} % by chance.",
        "ranks in galleries of other sizes do not compare",
    ),
    shown(
        "matching",
        "Later work",
        "The paper does not measure matching; SVHF (2018) chooses the right one of two faces in 81.0 %, of one sex in "
        "65.2 %.",
        "{s2f/association/v2f/1_of_2/accuracy} %, of one sex {s2f/association/v2f/1_of_2/sex_matched/accuracy} %, of "
        "one sex, age band and group {s2f/association/v2f/1_of_2/group_matched/accuracy} %.",
        "other people and other data",
    ),
    Claim(
        figure="leakage",
        source="Section on ethics",
        paper="The method cannot recover the true identity from a voice; it shows average faces.",
        run="Among people of the same sex, age band and group the true face ranks at the percentile "
        "{s2f/leakage/group/percentile} (50 would be chance) and first in {s2f/leakage/group/first} % of cases, by "
        "chance in {chance/leakage/group/first} %.",
        rule=f"the percentile differs from 50 by less than {ALIKE_PERCENTILE:g}: only sex, age band and group leak",
        test=equal("s2f.leakage.group.percentile", 50.0, ALIKE_PERCENTILE),
        planted=True,
    ),
    Claim(
        figure="lengths",
        source="Figure 6",
        paper="Longer speech gives a better face: recall at 10 % rises from 38.54 (3 s) to 45.82 (6 s).",
        run="Recall at 10 % from 3 s {s2f/lengths/3/recall_at_10_percent}, from 6 s "
        "{s2f/lengths/6/recall_at_10_percent} %; paired difference {s2f/lengths/3/against_6/recall_at_10_percent} "
        "points.",
        rule="the paired difference of 3 s to 6 s lies below 0",
        test=below("s2f.lengths.3.against_6.recall_at_10_percent", 0.0),
        effects=(
            Effect(what="3 s less 6 s, points", measure="s2f.lengths.3.against_6.recall_at_10_percent", paper=-7.28),
        ),
    ),
    Claim(
        figure="consistency",
        source="Figure 9",
        paper="Other moments of a video, and other videos, of one person give nearly the same face.",
        run="Two clips of one talker are {s2f/consistency/clips/across_clips_over_speakers} times as far apart as "
        "two talkers, of one sex {s2f/consistency/clips/across_clips_over_same_sex} times.",
        rule="both lie below a half",
        test=every(*(below(f"s2f.consistency.clips.across_clips_over_{who}", 0.5) for who in ("speakers", "same_sex"))),
        planted=True,
    ),
    Claim(
        figure="languages",
        source="Figure 10",
        paper="The same man gets another face when he speaks Chinese than when he speaks English; in other cases he "
        "does not.",
        run="Another language moves the face {s2f/languages/others/distance_over_talkers} times as far as another "
        "talker would be, another recording in the own language {s2f/languages/own_again/distance_over_talkers} "
        "times.",
        rule="the paired extra distance over another recording lies above 0",
        test=above("s2f.languages.others.against_own_again.distance", 0.0),
    ),
    Claim(
        figure="failures",
        source="Figure 11",
        paper="Language can mislead about ethnicity; high voices of boys about sex; ages are missed both ways.",
        run="Of talkers with another group's language {s2f/failures/language/rate} % get a face that reads as that "
        "group; sex is missed in {s2f/failures/sex/rate} %, age by more than ten years in "
        "{s2f/failures/age_over_10_years/rate} %.",
        rule="misreading by language is more frequent than from true faces",
        test=above("s2f.failures.language.rate", "faces.failures.language.rate"),
        planted=True,
    ),
    shown(
        "cartoons",
        "Figure 12",
        "A commercial app turns S2F pictures into cartoons of the speaker.",
        "Avatars drawn from the S2F pictures' landmarks and colours.",
    ),
    Claim(
        figure="features",
        source="Preprint, figure 14",
        paper="In maps of speech features the sexes form two clusters; age and ethnicity are less ordered.",
        run="Nearest neighbours share the sex in {s2f/features/sex/neighbours} % (chance "
        "{chance/features/sex/neighbours}), the group in {s2f/features/ethnicity/neighbours} %, the age band in "
        "{s2f/features/age_band/neighbours} %.",
        rule="the sex is shared more often than group and age band",
        planted=True,
        test=every(
            above("s2f.features.sex.neighbours", "s2f.features.ethnicity.neighbours"),
            above("s2f.features.sex.neighbours", "s2f.features.age_band.neighbours"),
        ),
    ),
    shown(
        "learning_curves",
        "Figure 8",
        "Training and validation losses of the voice encoder, in TensorBoard.",
        "Losses of the face decoder and of the voice encoder, by epoch.",
        "losses of other networks on other data do not compare",
    ),
    Claim(
        figure="convergence",
        source="Figure 8, collapse",
        paper="Without batch normalisation training stalls and every voice gives the average face.",
        run="Without it the predictions keep {no_batch_norm/convergence/spread} % of the true faces' variance, with it "
        "{run/convergence/spread} %.",
        rule="less than 5 % of the variance is left without batch normalisation",
        test=below("no_batch_norm.convergence.spread", 5.0),
    ),
    variant(
        "Figure 8, batch norm",
        "no_batch_norm",
        "Batch normalisation lowers the loss, to 1.45 from 1.50.",
        "Without it, against the run",
        worse=True,
    ),
    variant(
        "Figure 8, length",
        "seconds_6",
        "Training on 6 s instead of 3 s hardly matters.",
        "Trained on 6 s, against 3 s",
        worse=False,
    ),
    variant(
        "Preprint, figure 8",
        "pixel_loss",
        "A loss of pixels gives blurred faces near the average.",
        "With it, against the run",
        worse=True,
    ),
)
