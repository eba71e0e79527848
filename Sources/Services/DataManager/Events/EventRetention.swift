import AIBoxAPI
import Logging
import Storage

/// Deletes events, deliveries and alerts that are older than anybody wants, once an hour, in small transactions.
struct EventRetention: Sendable {
    private static let interval = Duration.seconds(3600)
    private static let deliveryAge = Duration.seconds(30 * 86_400)
    private static let alertAge = Duration.seconds(90 * 86_400)

    let database: any SQLDatabase
    let logger: Logger

    init(_ database: any SQLDatabase, _ logger: Logger) { (self.database, self.logger) = (database, logger) }

    func run() async {
        while !Task.isCancelled {
            do {
                try await purge(at: .now)
            } catch {
                logger.warning("old events are still there", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    func purge(at now: Timestamp) async throws {
        try await repeated { try EventRows.purge(before: now.advanced(by: .zero - EventRows.ageLimit), $0) }
        try await repeated { try WebhookDelivery.purge(before: now.advanced(by: .zero - Self.deliveryAge), $0) }
        try await repeated { try SystemAlert.purge(before: now.advanced(by: .zero - Self.alertAge), $0) }
    }

    private func repeated(_ purge: @escaping @Sendable (any SQLSession) throws -> Int) async throws {
        while try await database.write(purge) > 0 { try Task.checkCancellation() }
    }
}
