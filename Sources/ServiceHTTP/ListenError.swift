import Foundation
import NIOCore

/// Why a service cannot listen, and what to do about it.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable { case portInUse, portForbidden, addressUnknown }

    public let code: Code
    public let message: String
    public let remedy: String

    public var description: String { "\(message); \(remedy)" }

    /// `nil` for an error of another kind.
    init?(_ error: any Error, host: String, port: Int) {
        if error is SocketAddressError.UnknownHost {
            code = .addressUnknown
            message = "\(host) is no address and no host name that is known here"
            remedy = "give an address of this machine with --host; 0.0.0.0 means all of them"
            return
        }
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            code = .portInUse
            message = "port \(port) is used by another program"
            remedy = "choose another with --port or stop that program (ss -ltnp 'sport = :\(port)' names it)"
        case EACCES:
            code = .portForbidden
            message = "port \(port) may not be opened by this user"
            remedy = "choose one from 1024 on with --port"
        case EADDRNOTAVAIL:
            code = .addressUnknown
            message = "\(host) is no address of this machine"
            remedy = "give one with --host; 0.0.0.0 means all of them"
        default: return nil
        }
    }
}
