import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// The context of a request to the gateway before anybody has shown who they are.
public struct GatewayContext: ServiceRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let channel: any Channel
    public var trace = RequestTrace(requestID: "")
    public let journal = RequestJournal()
    /// Set by `AdmissionMiddleware`.
    var identity: Identity?

    public init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// The context behind `AdmissionMiddleware`: whoever has one may call the route.
struct UserContext: ServiceRequestContext, ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    var trace: RequestTrace
    let journal: RequestJournal
    let identity: Identity

    init(context: GatewayContext) throws {
        guard let identity = context.identity else { throw Admission.noCredential }
        coreContext = context.coreContext
        channel = context.channel
        trace = context.trace
        journal = context.journal
        self.identity = identity
    }

    /// The identifier that stands in the path as `{name}`; what is no identifier names nothing.
    /// - Throws: `Problem` 404.
    func identifier(_ name: String = "id") throws(Problem) -> UUIDv7 {
        guard let id = parameters.get(name).flatMap({ UUIDv7($0) }) else { throw .notFound }
        return id
    }
}
