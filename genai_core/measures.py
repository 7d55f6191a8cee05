"""What the measures of runs are called, by their names in events and reports. Torch-free."""

from genai_core.contracts import N_

SAMPLES = {  # of samples against held-out data
    "frechet": N_("Fréchet distance"),
    "kid": N_("Kernel distance (KID)"),
    "energy": N_("Energy distance"),
    "precision": N_("Precision"),
    "recall": N_("Recall"),
    "density": N_("Density"),
    "coverage": N_("Coverage"),
    "class_entropy": N_("Entropy of the classes, bits"),
    "confidence": N_("Confidence of the classifier"),
    "modes": N_("Islands that were reached"),
    "near": N_("Share of points near an island"),
}
OTHERS = {
    "loss": N_("Loss"),
    "loss_d": N_("Loss of the discriminator"),
    "loss_g": N_("Loss of the generator"),
    "reconstruction": N_("Reconstruction, nats"),
    "kl": N_("KL divergence, nats"),
    "elbo": N_("ELBO on held-out data, nats"),
    "iwae_5000": N_("IWAE-5000 on held-out data, nats"),
    "heldout_bits": N_("Bits a symbol on held-out text"),
    "heldout_loss": N_("Loss on held-out data"),
    "note_bits": N_("Bits a note on held-out pieces"),
    "rmse": N_("Error of the forecast (RMSE)"),
    "rmse_free": N_("Error when running freely (RMSE)"),
}
NAMES = SAMPLES | OTHERS
EXPERIMENTS = {  # what an experiment says of itself while it runs
    "loss": N_("Loss"),
    "loss_d": N_("Loss of the discriminator"),
    "loss_g": N_("Loss of the generator"),
    "bits": N_("Bits a symbol"),
    "train_likelihood": N_("Log-likelihood in training, nats"),
    "detector": N_("Loss of the detector"),
    "misread": N_("Share misread"),
    "cannot be finished": N_("Share that cannot be finished"),
    "evaluations": N_("Evaluations of the network"),
    "pictures": N_("Pictures"),
}
