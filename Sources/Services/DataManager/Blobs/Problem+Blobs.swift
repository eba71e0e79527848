import AIBoxAPI
import Storage

extension Problem {
    /// What the caller is told when the store of pictures and files fails. Its own text goes to the log.
    init(blobs error: StorageError) {
        switch error.code {
        case .damaged:
            self.init(
                500, "Internal Server Error",
                detail: "What is stored of this picture or file is damaged or missing; restore it from a backup.",
                type: "/problems/damaged")
        case .denied:
            self = .unavailable(
                "The object store refuses the credentials of AIBOX_S3_URL; the log says why.",
                type: "/problems/blobs-denied", retryAfter: 10)
        case .outcomeUnknown:
            self = .unavailable(
                "The connection to the object store broke; this may be stored or not. Repeat it with the same id.",
                type: "/problems/outcome-unknown")
        case .unavailable, .timeout:
            self = .unavailable("The object store did not answer; try again.", type: "/problems/blobs-away")
        case .notFound:
            self = .unavailable(
                "The object store has no such bucket; the log says more.", type: "/problems/blobs-away", retryAfter: 10)
        default: self.init(error)
        }
    }
}
