import Foundation
import TestSupport
import Testing

extension Faults {
    /// The shim itself: what was not synced goes, what was synced stays.
    @Suite(.enabled(if: Shims.areBuilt, Comment(rawValue: Shims.absence)), .timeLimit(.minutes(2)))
    struct PowerCutShimTests {
        /// Files as name and content; folders end in a slash. Before: `old` of 4 bytes, `folder/inner` of 5.
        private static let before = ["folder/": "", "folder/inner": "inner", "old": "old!"]

        private static let cases: [(calls: String, change: [String: String?])] = [
            ("nothing", [:]),
            ("content", [:]),
            ("name", ["new": ""]),
            ("both", ["new": String(repeating: "n", count: 10_000)]),
            ("overwrite", ["old": String(repeating: "x", count: 5000)]),
            (
                "overwrite-synced",
                [
                    "old": String(repeating: "x", count: 50) + String(repeating: "\0", count: 50) + "yyyy"
                        + String(repeating: "\0", count: 96)
                ]
            ),
            ("rename", [:]),
            ("rename-synced", ["old": String(repeating: "p", count: 4000)]),
            ("unlink", [:]),
            ("unlink-synced", ["old": nil, "folder/": nil, "folder/inner": nil]),
            ("folders", [:]),
            ("folders-synced", ["outer/": "", "outer/inner": String(repeating: "i", count: 10)]),
        ]

        @Test(arguments: cases.indices) func aCutKeepsExactlyWhatWasSynced(index: Int) async throws {
            let (calls, change) = Self.cases[index]
            try await withTemporaryFolder { folder in
                let (root, power) = try Self.makeRoot(folder)
                try await Self.runWitness(calls, root, power, folder)
                try power.restore(.syncedOnly)
                var expected = Self.before
                for (name, content) in change { expected[name] = content }
                let found = try Self.tree(root)
                #expect(found == expected, "\(calls)")
            }
        }

        @Test func aRandomCutKeepsAPartOfWhatWasNotSynced() async throws {
            var outcomes: Set<[String: String]> = []
            for seed in 1...20 {
                try await withTemporaryFolder { folder in
                    let (root, power) = try Self.makeRoot(folder)
                    try await Self.runWitness("nothing", root, power, folder)
                    try power.restore(.randomPart(SeededNumbers(UInt64(seed))))
                    outcomes.insert(try Self.tree(root))
                }
            }
            let torn = outcomes.compactMap { $0["new"] }.filter { $0.contains("\0") && $0.contains("n") }
            #expect(outcomes.contains(Self.before) && !torn.isEmpty)
        }

        private static func makeRoot(_ folder: URL) throws -> (URL, PowerCut) {
            let root = folder.appending(path: "root")
            let inner = root.appending(path: "folder")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            try Data("inner".utf8).write(to: inner.appending(path: "inner"))
            try Data("old!".utf8).write(to: root.appending(path: "old"))
            return (root, try PowerCut(root: root))
        }

        private static func runWitness(_ calls: String, _ root: URL, _ power: PowerCut, _ folder: URL) async throws {
            let witness = try #require(Shims.witness)
            let child = try Child.start(witness, [root.path, calls], environment: power.environment, in: folder)
            try await wait(for: "the calls") {
                guard child.isRunning else { throw Failure("the witness ended: \(child.errors)") }
                return child.output.contains("ready") ? () : nil
            }
            try await child.kill()
        }

        private static func tree(_ root: URL) throws -> [String: String] {
            var found: [String: String] = [:]
            for case let name as String in FileManager.default.enumerator(atPath: root.path) ?? .init() {
                let url = root.appending(path: name)
                if try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
                    found[name + "/"] = ""
                } else {
                    found[name] = String(decoding: try Data(contentsOf: url), as: UTF8.self)
                }
            }
            return found
        }
    }
}
