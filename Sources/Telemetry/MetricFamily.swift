/// All label sets of one metric name.
struct MetricFamily: Sendable {
    /// Raw values are the words of the `# TYPE` line.
    enum Kind: String { case counter, gauge, histogram }

    let kind: Kind
    private var cells: [LabelSet: any MetricCell] = [:]

    init(kind: Kind) { self.kind = kind }

    /// The cell of `labels`, made when it is new; `nil` when there are `limit` already, or `kind` is another.
    mutating func cell<Cell: MetricCell>(_ labels: LabelSet, _ kind: Kind, limit: Int, make: () -> Cell) -> Cell? {
        if let present = cells[labels] { return present as? Cell }
        guard kind == self.kind, cells.count < limit else { return nil }
        let cell = make()
        cells[labels] = cell
        return cell
    }

    func write(name: String, to text: inout ExpositionText) {
        text.header(name, type: kind.rawValue, help: MetricHelp.text(name))
        for (labels, cell) in cells.sorted(by: { $0.key < $1.key }) {
            cell.write(name: name, labels: labels, to: &text)
        }
    }
}
