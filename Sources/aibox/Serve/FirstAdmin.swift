import AIBoxAPI
import Gateway
import Logging
import ServiceLifecycle

/// Creates the first user. As a service it waits for a data manager that is not up yet, so that the services of a
/// cluster may start in any order.
struct FirstAdmin: Service {
    let gateway: Gateway
    let password: String?
    let logger: Logger
    /// Called with a random password that was made.
    let show: @Sendable (String) -> Void

    func create() async throws {
        if let made = try await gateway.createFirstAdmin(password: password) { show(made) }
    }

    /// Whether there is a first user now.
    func isCreated() async -> Bool {
        do {
            try await create()
            return true
        } catch {
            let reason = (error as? Problem)?.detail ?? "\(error)"
            logger.warning("the first user cannot be looked up yet", metadata: ["reason": "\(reason)"])
            return false
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled, await !isCreated() { try? await Task.sleep(for: .seconds(2)) }
        }
        try? await gracefulShutdown()
    }
}
