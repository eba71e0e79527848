import Logging

/// Something that is to be done again and again. Every instance does it: what it does must be safe to do twice.
struct Chore: Sendable {
    let name: String
    let interval: Duration
    let body: @Sendable () async throws -> Void

    /// Until the task is cancelled. A failure is logged, and it is done again next time.
    func run(_ logger: Logger) async {
        while (try? await Task.sleep(for: interval)) != nil {
            do {
                try await body()
            } catch  where !Task.isCancelled {
                logger.warning("a chore failed", metadata: ["chore": "\(name)", "error": "\(error)"])
            } catch {}
        }
    }
}
