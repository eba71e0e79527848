import Foundation

/// Space that is left for this user on the disk of a folder.
struct FreeSpace: CustomStringConvertible {
    /// Below it the service calls itself degraded: some thousand pictures, or minutes of a busy camera.
    static let low: UInt64 = 256 << 20

    /// `nil` when the system does not say.
    let bytes: UInt64?

    init(path: String) {
        var status = statvfs()
        bytes = statvfs(path, &status) == 0 ? UInt64(status.f_bavail) &* UInt64(status.f_frsize) : nil
    }

    var isLow: Bool { bytes.map { $0 < Self.low } ?? false }

    var description: String {
        guard let bytes else { return "unknown" }
        return isLow ? "only \(bytes >> 20) MB free; free space on the disk of the data folder" : "ok"
    }
}
