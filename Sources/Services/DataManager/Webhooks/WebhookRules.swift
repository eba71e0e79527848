import AIBoxAPI
import NIOCore
import ServiceHTTP

/// How events are sent to webhooks.
public struct WebhookRules: Sendable {
    /// Addresses of private networks and of this machine that may be sent to (`webhook_allow`).
    public var allowed = AddressList.none
    /// For one attempt, from the look-up of the name to the end of the answer.
    var timeout = Duration.seconds(10)
    var clock: any Clock<Duration> = ContinuousClock()
    var now: @Sendable () -> Timestamp = { .now }
    /// The addresses of a host name.
    var resolve: @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress] = HostLookup.shared.addresses
    /// Certificates of authorities to trust besides those of the system, as PEM.
    var authorities: [UInt8] = []

    public init() {}
}
