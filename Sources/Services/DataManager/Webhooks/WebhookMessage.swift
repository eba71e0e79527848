import AIBoxAPI

/// What is sent to a receiver in one attempt.
struct WebhookMessage: Sendable {
    /// Of the event; the same in every attempt.
    let id: UUIDv7
    let body: String
    let address: WebhookAddress
    let signature: WebhookSignature
}

/// What came of an attempt.
struct WebhookOutcome: Sendable, Equatable {
    /// `nil`: there was no answer.
    var status: Int?
    /// Seconds that the receiver asks to wait.
    var retryAfter: Int?
    /// Why there was no answer.
    var failure: String?
    var durationMS = 0.0

    var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }
    /// The receiver does not want any more (410).
    var isGone: Bool { status == 410 }

    /// Why it is no success.
    var reason: String? {
        if isSuccess { return nil }
        if let status { return (300..<400).contains(status) ? "redirected (\(status))" : "answered \(status)" }
        return failure ?? "no answer"
    }

    var attempt: WebhookAttempt {
        WebhookAttempt(succeeded: isSuccess, status: status, error: reason, durationMS: durationMS)
    }
}
