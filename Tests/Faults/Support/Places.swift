import Foundation
import TestSupport

enum Places {
    static let binary: URL = {
        let value = ProcessInfo.processInfo.environment["AIBOX_BINARY"] ?? ""
        return value.isEmpty ? TestPlaces.packageRoot.appending(path: ".build/release/aibox") : URL(filePath: value)
    }()
    static let shims = TestPlaces.packageRoot.appending(path: "Tests/Faults/shims")

    static let hasBinary = FileManager.default.fileExists(atPath: binary.path)
    static let noBinary = "the release binary is absent: make build"

    /// A program of the search path.
    static func program(_ name: String) -> URL? {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return (folders + ["/usr/sbin", "/sbin"]).map { URL(filePath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

/// Numbers that are the same in every run (SplitMix64, Steele et al. 2014).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
