import AIBoxAPI
import Imaging
import Inference
import Pipelines
import Vision

extension Problem {
    /// What an analysis that failed says to the caller: the one place that decides the status of each kind of error.
    init(analysis error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as ImagingError: self.init(picture: error)
        case let error as QueueRefusal: self.init(queue: error)
        case let error as PipelineError:
            self = .unavailable(error.message, type: "/problems/model-missing", retryAfter: 60)
        case let error as InferenceError:
            self = .unavailable("The model could not be run: \(error)", type: "/problems/inference-failed")
        case let error as DecodeError:
            self = .unavailable(
                "The model does not answer in the form that the catalogue states: \(error)",
                type: "/problems/inference-failed", retryAfter: 60)
        case is CancellationError:
            self.init(499, "Client Closed Request", detail: "The work was cancelled.")
        default:
            self.init(500, "Internal Server Error", detail: "The analysis failed; the log says why.")
        }
    }

    private init(picture error: ImagingError) {
        switch error.code {
        case .unknownFormat, .unsupportedFormat: self = .unsupported(error.description)
        case .tooManyPixels: self = .tooLarge(error.description)
        case .emptyInput, .truncated, .corrupt: self = .invalid("image", error.description)
        case .encodingFailed: self.init(500, "Internal Server Error", detail: error.description)
        }
    }

    private init(queue refusal: QueueRefusal) {
        let seconds =
            Int(refusal.retryAfter.components.seconds) + (refusal.retryAfter.components.attoseconds > 0 ? 1 : 0)
        switch refusal.reason {
        case .full:
            self = .unavailable(
                "The box is busy: \(refusal). Try again later or send fewer at a time.",
                type: "/problems/overloaded", retryAfter: seconds)
        case .late:
            self = .unavailable(
                "The deadline cannot be met: \(refusal).", type: "/problems/deadline", retryAfter: seconds)
        }
    }
}
