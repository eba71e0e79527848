import Foundation

/// A summary with all that an HTML report shows besides.
public struct EvaluationReport: Sendable {
    public var summary: EvaluationSummary
    public var charts: [ReportChart] = []
    public var tables: [ReportTable] = []
    /// The worst first, at most `worstLimit`. The caller draws the marks and puts in the pictures.
    public var worst: [WorstCase] = []
    /// Operating system, processor, versions: name and value, in the order to be shown.
    public var environment: [(name: String, value: String)] = []
    /// File and SHA-256 of models and label files.
    public var checksums: [(file: String, sha256: String)] = []

    public static let worstLimit = 20

    public init(summary: EvaluationSummary) { self.summary = summary }

    /// Keeps the worst twenty of `cases`.
    mutating func keepWorst(of cases: [WorstCase]) {
        let order = cases.indices.sorted { (cases[$1].severity, $0) < (cases[$0].severity, $1) }
        worst = order.prefix(Self.worstLimit).map { cases[$0] }
    }
}

/// A case that went wrong, and how badly.
public struct WorstCase: Sendable {
    public var title: String
    public var reason: String
    /// Compared within one report only.
    public var severity: Double
    /// One picture; two for a pair.
    public var pictures: [ReportPicture]
}

/// A picture of a report and what is to be drawn into it.
public struct ReportPicture: Sendable {
    public struct Mark: Hashable, Sendable {
        public enum Kind: String, Sendable {
            case label
            case answer
        }

        public var kind: Kind
        public var box: Box
        public var points: [DetectedObject.Position]
        public var text: String
    }

    /// The `LabelledPicture.id`.
    public var id: String
    public var file: URL
    public var marks: [Mark]
    /// The annotated picture, to be put in by the caller; a report shows the marks as text without it.
    public var jpeg: Data?

    init(_ picture: LabelledPicture, marks: [Mark] = []) {
        id = picture.id
        file = picture.file
        self.marks = marks
    }
}

/// Lines in a plane.
public struct ReportChart: Sendable {
    public struct Series: Sendable {
        public var name: String
        public var points: [(x: Double, y: Double)]

        public init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    public var title: String
    public var xTitle: String
    public var yTitle: String
    public var series: [Series]
    public var xRange: ClosedRange<Double>
    public var yRange: ClosedRange<Double>
    /// Powers of ten along x; the range must then be above zero.
    public var isLogarithmic: Bool

    public init(
        title: String, xTitle: String, yTitle: String, series: [Series], xRange: ClosedRange<Double> = 0...1,
        yRange: ClosedRange<Double> = 0...1, isLogarithmic: Bool = false
    ) {
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.series = series
        self.xRange = xRange
        self.yRange = yRange
        self.isLogarithmic = isLogarithmic
    }
}

public struct ReportTable: Sendable {
    public var title: String
    public var columns: [String]
    public var rows: [[String]]

    public init(title: String, columns: [String], rows: [[String]]) {
        self.title = title
        self.columns = columns
        self.rows = rows
    }
}
