import Imaging
import ModelCatalog
import Vision

/// Licence plates without a detector or a reader of plates: the lines of text in the picture that read as one.
/// Stands in where those models cannot be had; it finds less, and signs that look like plates are plates to it.
struct PlateTextStage: Sendable {
    /// At most so many candidates, the largest first.
    private static let maximumCandidates = 24
    /// Pixels of the longer side in which text is looked for.
    private static let side = 960

    let text: TextFinder
    let lines: PlateLineReader
    let grammars: PlateGrammars
    let picture: Picture
    let options: AnalysisOptions

    /// The plates, best reading first.
    func plates(on vehicles: [Vehicle]) async throws -> Timed<[Plate]> {
        let found = try await text.lines(in: picture, side: Self.side, deadline: options.deadline)
        let candidates = PlateLines.candidates(among: found.value.map(\.corners))
            .sorted { $0.box.area > $1.box.area }.prefix(Self.maximumCandidates)
        let stage = self
        let read = try await Array(candidates).gathered(lines.model.slots) { try await stage.read($0) }
        let selection = PlateSelection(grammars: grammars, threshold: options.threshold)
        let plates = selection.reported(selection.best(of: read.value.compactMap { $0 }))
            .map { $0.plate(grammars, hint: options.countryCode, vehicles) }
        var result = Timed(value: plates, times: found.times)
        result.times += read.times
        return result
    }

    private func read(_ plate: PlateLines) async throws -> Timed<ReadPlate?> {
        var readings: [PlateReading] = []
        var times = StageTimes()
        for line in plate.lines {
            let reading = try await lines.reading(of: line, in: picture, deadline: options.deadline)
            readings += [reading.value].compactMap { $0 }
            times += reading.times
        }
        let selection = PlateSelection(grammars: grammars, threshold: options.threshold)
        guard let reading = PlateReading(joining: readings), selection.isPlateLikeText(reading),
            selection.isPlate(reading, confirmedBy: nil, hasSecondReader: false)
        else { return Timed(value: nil, times: times) }
        let detection = Detection(box: plate.box, score: reading.confidence, points: plate.corners.points)
        return Timed(value: ReadPlate(detection: detection, reading: reading), times: times)
    }
}
