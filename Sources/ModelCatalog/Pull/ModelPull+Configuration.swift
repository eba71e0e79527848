import Foundation

extension ModelPull {
    public struct Configuration: Sendable {
        /// Names of licences without commercial use that the operator accepts, as the catalogue spells them.
        public var allowedLicences: Set<String> = []
        /// A mirror: scheme, host and port of every address are replaced by these, and the address's path is
        /// appended to this one's. The mirror is also asked for the entry's `file` below its path, so that a plain
        /// copy of a models folder will do. The package index of wheels is pip's own setting.
        public var baseURL: URL?
        /// The sources that are asked.
        public var kinds = Set(SourceKind.allCases)
        public var connectTimeout: Duration = .seconds(10)
        /// Longest time without a byte.
        public var stallTimeout: Duration = .seconds(30)
        /// Longest time for one source, its repetitions included.
        public var sourceTimeout: Duration = .seconds(3600)
        /// Attempts at one address in a row that brought no new bytes.
        public var attempts = 4
        /// Wait before the second attempt; doubled for each further one, up to `longestWait`, of which a random
        /// half to whole is waited.
        public var firstWait: Duration = .milliseconds(500)
        public var longestWait: Duration = .seconds(10)
        public var redirects = 5
        /// Longest time that pip may take.
        public var wheelTimeout: Duration = .seconds(600)
        /// The Python that runs pip; a path, or a name that is looked up.
        public var python = "python3"

        public init() {}
    }
}
