import Glibc

/// Scanning of class scores in place. Values that are not finite never win.
extension UnsafePointer<Float> {
    /// The best of `count` consecutive scores when it is at least `minimum`; of equal ones the first.
    func best(of count: Int, atLeast minimum: Float) -> (index: Int, score: Float)? {
        reaches(minimum, in: count) ? best(of: count, step: 1, atLeast: minimum) : nil
    }

    /// The best of `count` scores that lie `step` apart when it is at least `minimum`; of equal ones the first.
    func best(of count: Int, step: Int, atLeast minimum: Float) -> (index: Int, score: Float)? {
        var bestIndex = -1
        var bestScore = -Float.infinity
        for index in 0..<count where self[index * step] > bestScore && self[index * step] < .infinity {
            bestIndex = index
            bestScore = self[index * step]
        }
        return bestIndex >= 0 && bestScore >= minimum ? (bestIndex, bestScore) : nil
    }

    /// Σ i·softmax(i) over `count` logits that lie `step` apart: the expectation of a distribution over bins.
    func expectedBin(of count: Int, step: Int) -> Float {
        var peak = self[0]
        for bin in 1..<max(count, 1) { peak = max(peak, self[bin * step]) }
        var total: Float = 0
        var weighted: Float = 0
        for bin in 0..<count {
            let weight = expf(self[bin * step] - peak)
            total += weight
            weighted += weight * Float(bin)
        }
        return weighted / total
    }

    /// Whether one of `count` values is at least `minimum`: eight at a time, because nearly every anchor of a picture
    /// is background and ends here.
    private func reaches(_ minimum: Float, in count: Int) -> Bool {
        let threshold = SIMD8(repeating: minimum)
        var reached = SIMDMask<SIMD8<Int32>>(repeating: false)
        var index = 0
        while index + 8 <= count {
            let scores = UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self)
            reached .|= scores .>= threshold
            index += 8
        }
        while index < count {
            if self[index] >= minimum { return true }
            index += 1
        }
        return reached != SIMDMask(repeating: false)
    }
}

/// The logistic function, 0–1.
func sigmoid(_ logit: Float) -> Float { 1 / (1 + expf(-logit)) }

extension Detection {
    /// `nil` when a value is not finite or the box is empty. A score above 1, which only rounding or a model of another
    /// kind gives, counts as 1.
    init?(
        left: Float, top: Float, right: Float, bottom: Float, score: Float, classIndex: Int, points: [Point] = [],
        pointScores: [Float] = []
    ) {
        let box = Rectangle(left: left, top: top, right: right, bottom: bottom)
        let finite = box.x.isFinite && box.y.isFinite && box.right.isFinite && box.bottom.isFinite && score.isFinite
        guard finite, box.width > 0, box.height > 0,
            points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }), pointScores.allSatisfy(\.isFinite)
        else { return nil }
        self.init(
            box: box, score: min(score, 1), classIndex: classIndex, points: points,
            pointScores: pointScores.map { min(max($0, 0), 1) })
    }

    /// As the other, from the box's centre.
    init?(
        centreX: Float, centreY: Float, width: Float, height: Float, score: Float, classIndex: Int,
        points: [Point] = [], pointScores: [Float] = []
    ) {
        self.init(
            left: centreX - width / 2, top: centreY - height / 2, right: centreX + width / 2,
            bottom: centreY + height / 2, score: score, classIndex: classIndex, points: points,
            pointScores: pointScores)
    }
}
