import Hummingbird
import Logging
import NIOCore
import ServiceClients

/// What every service's requests carry: the connection, the trace, and a journal for the access log.
public protocol ServiceRequestContext: RequestContext {
    var channel: any Channel { get }
    var trace: RequestTrace { get set }
    var journal: RequestJournal { get }
}

extension ServiceRequestContext {
    public var requestID: String { trace.requestID }

    /// The address at the other end of the connection, without its port; `nil` for a socket file.
    public var remoteAddress: String? { channel.remoteAddress?.ipAddress }
}

/// The context of services that have no users of their own.
public struct ServiceContext: ServiceRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let channel: any Channel
    public var trace = RequestTrace(requestID: "")
    public let journal = RequestJournal()

    public init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
