import Foundation

/// Space that is left for this user on the disk of a folder.
struct FreeSpace {
    /// Below it the service calls itself degraded: some thousand pictures, or minutes of a busy camera.
    static let low: UInt64 = 256 << 20

    /// `nil` when the system does not say.
    let bytes: UInt64?

    init(path: String) {
        var status = statvfs()
        bytes = statvfs(path, &status) == 0 ? UInt64(status.f_bavail) &* UInt64(status.f_frsize) : nil
    }

    /// What is wrong and what to do, or `nil` while there is enough.
    var shortage: String? {
        guard let bytes, bytes < Self.low else { return nil }
        return "only \(bytes >> 20) MB left on the disk of the data folder; free space on it"
    }
}
