import t from 'tap';
import type { WantedLayers } from '../../../../src/sfu/commands.ts';
import {
  allocateLayers,
  costOfTarget,
  costOfWish,
  type LayerDemand,
} from '../../../../src/sfu/congestion/allocator.ts';
import type { AvailableLayer } from '../../../../src/sfu/congestion/layer-ladder.ts';

function simulcast(
  active: readonly boolean[] = [true, true, true],
  heights = [180, 360, 720],
): AvailableLayer[] {
  const rates = [150_000, 500_000, 1_700_000];
  return active.map((isActive, spatialLayer) => ({
    spatialLayer,
    temporalLayers: 3,
    height: heights[spatialLayer]!,
    rates: [0.4, 0.6, 1].map((part) => part * rates[spatialLayer]!),
    active: isActive,
  }));
}

function chosen(layers: AvailableLayer[], wanted: WantedLayers): [number, number] {
  const [target] = allocateLayers([{ layers, wanted }], undefined);
  return [target!.spatialLayer, target!.temporalLayer];
}

t.test('the smallest layer that fills the height, else the largest', async (t) => {
  for (const [maxHeight, expected] of [
    [1, 0],
    [179, 0],
    [180, 0],
    [181, 1],
    [360, 1],
    [361, 2],
    [720, 2],
    [1080, 2],
  ] as const) {
    t.same(chosen(simulcast(), { maxHeight }), [expected, 2], `height ${maxHeight}`);
  }
  t.same(chosen(simulcast(), {}), [2, 2]);
});

t.test('only layers that arrive are chosen', async (t) => {
  t.same(chosen(simulcast([true, false, false]), {}), [0, 2]);
  t.same(chosen(simulcast([true, false, true]), { maxHeight: 360 }), [2, 2]);
  t.same(chosen(simulcast([false, true, true]), { maxHeight: 100 }), [1, 2]);
  t.same(chosen(simulcast([false, false, false]), {}), [-1, -1]);
  t.same(chosen([], {}), [-1, -1]);
});

t.test('never above the wanted layer, unless only larger ones arrive', async (t) => {
  t.same(chosen(simulcast(), { spatialLayer: 1 }), [1, 2]);
  t.same(chosen(simulcast(), { spatialLayer: 7 }), [2, 2]);
  t.same(chosen(simulcast(), { spatialLayer: 1, maxHeight: 720 }), [1, 2]);
  t.same(chosen(simulcast([false, false, true]), { spatialLayer: 0 }), [2, 2]);
});

t.test('the temporal layer is what is wanted, at most what there is', async (t) => {
  t.same(chosen(simulcast(), { temporalLayer: 0 }), [2, 0]);
  t.same(chosen(simulcast(), { temporalLayer: 7 }), [2, 2]);
});

t.test('while heights are unknown the largest is taken', async (t) => {
  t.same(chosen(simulcast([true, true, true], [0, 0, 0]), { maxHeight: 180 }), [2, 2]);
  t.same(chosen(simulcast([true, true, true], [0, 360, 0]), { maxHeight: 300 }), [1, 2]);
});

t.test('the reason says what changed the layer, and stays while it does not change', async (t) => {
  const [first] = allocateLayers([{ layers: simulcast(), wanted: {} }], undefined);
  t.equal(first?.reason, 'start');
  const next = (demand: LayerDemand) => allocateLayers([demand], undefined)[0]!;
  const previous = { target: first!, wanted: {} };
  t.same(next({ layers: simulcast(), wanted: {}, previous }), first);

  const wanted = { maxHeight: 360 };
  const smaller = next({ layers: simulcast(), wanted, previous });
  t.same(smaller, { spatialLayer: 1, temporalLayer: 2, reason: 'wanted' });
  t.equal(next({ layers: simulcast(), wanted: { temporalLayer: 1 }, previous }).reason, 'wanted');

  const dropped = next({ layers: simulcast([true, true, false]), wanted: {}, previous });
  t.same(dropped, { spatialLayer: 1, temporalLayer: 2, reason: 'publisher' });
  t.equal(
    next({ layers: simulcast(), wanted: {}, previous: { target: dropped, wanted: {} } }).reason,
    'publisher',
  );

  const gone = next({ layers: simulcast([false, false, false]), wanted: {}, previous });
  t.same(gone, { spatialLayer: -1, temporalLayer: -1, reason: 'publisher' });
  t.equal(next({ layers: simulcast(), wanted: {}, previous: { target: gone, wanted: {} } }).reason, 'start');
});

t.test('a new wish that does not matter is not the reason for what the publisher did', async (t) => {
  const previous = {
    target: allocateLayers([{ layers: simulcast(), wanted: {} }], undefined)[0]!,
    wanted: {},
  };
  const layers = simulcast([true, false, false]);
  t.equal(
    allocateLayers([{ layers, wanted: { maxHeight: 1080 }, previous }], undefined)[0]?.reason,
    'publisher',
  );
});

/** The layers that each gets, as 'spatial.temporal'. */
function dealt(demands: readonly LayerDemand[], bitsPerSecond: number, redundancy = 0): string[] {
  return allocateLayers(demands, { bitsPerSecond, redundancy }).map(
    ({ spatialLayer, temporalLayer }) => `${spatialLayer}.${temporalLayer}`,
  );
}

t.test('everybody keeps the smallest picture, and the rest is dealt out step by step', async (t) => {
  const demands = [
    { layers: simulcast(), wanted: {} },
    { layers: simulcast(), wanted: { maxHeight: 360 } },
  ];
  for (const [bitsPerSecond, expected] of [
    [0, ['0.0', '0.0']],
    [119_999, ['0.0', '0.0']],
    [150_000, ['0.1', '0.0']],
    [300_000, ['0.2', '0.2']],
    [649_999, ['0.2', '0.2']],
    [650_000, ['1.2', '0.2']],
    [999_999, ['1.2', '0.2']],
    [1_000_000, ['1.2', '1.2']],
    [2_199_999, ['1.2', '1.2']],
    [2_200_000, ['2.2', '1.2']],
    [9_000_000, ['2.2', '1.2']],
  ] as const) {
    t.same(dealt(demands, bitsPerSecond), expected, `${bitsPerSecond} bit/s`);
  }
  const [held, filled] = allocateLayers(demands, { bitsPerSecond: 1_000_000, redundancy: 0 });
  t.equal(held?.reason, 'bandwidth');
  t.equal(filled?.reason, 'start');
});

t.test('never nothing where something arrives, though it does not fit (mediasoup #804)', async (t) => {
  t.same(dealt([{ layers: simulcast([false, false, true]), wanted: {} }], 0), ['2.0']);
  const one = [{ spatialLayer: 0, temporalLayers: 1, height: 360, rates: [800_000], active: true }];
  t.same(dealt([{ layers: one, wanted: {} }], 100_000), ['0.0']);
  t.same(dealt([{ layers: [], wanted: {} }], 1e6), ['-1.-1']);
});

t.test('the speaking face comes first, then what is shown larger', async (t) => {
  const small = { layers: simulcast(), wanted: { maxHeight: 360 } };
  const large = { layers: simulcast(), wanted: { maxHeight: 720 } };
  t.same(dealt([small, large], 650_000), ['0.2', '1.2']);
  t.same(dealt([{ ...small, speaking: true }, large], 650_000), ['1.2', '0.2']);
  t.same(dealt([small, { ...large, speaking: true }, large], 2_000_000), ['0.2', '2.2', '0.2']);
});

t.test('loss takes redundancy out before layers are dealt, and is told as the reason', async (t) => {
  const demands = [{ layers: simulcast(), wanted: {} }];
  t.same(dealt(demands, 1_700_000), ['2.2']);
  t.same(dealt(demands, 1_700_000, 0.86), ['1.2']);
  t.equal(allocateLayers(demands, { bitsPerSecond: 1_700_000, redundancy: 0.86 })[0]?.reason, 'loss');
  t.equal(allocateLayers(demands, { bitsPerSecond: 700_000, redundancy: 0.1 })[0]?.reason, 'bandwidth');
});

t.test('up only with a margin, down at once, and not up again while that is forbidden', async (t) => {
  const target = { spatialLayer: 1, temporalLayer: 2, reason: 'bandwidth' as const };
  const demand = { layers: simulcast(), wanted: {}, previous: { target, wanted: {} } };
  t.same(dealt([demand], 1_870_000), ['1.2'], '2.2 costs 1,200,000 more than is had, and 15 % of it');
  t.same(dealt([demand], 1_890_000), ['2.2'], 'begun at its full frame rate');
  t.same(dealt([demand], 500_000), ['1.2'], 'what it has needs no margin');
  t.same(dealt([demand], 499_999), ['1.1'], 'at half of it only on the way down');
  t.same(dealt([{ ...demand, ceiling: 600_000 }], 9_000_000), ['1.2']);
  t.same(dealt([{ ...demand, ceiling: 600_000 }], 499_999), ['1.1']);
  const [held] = allocateLayers([{ ...demand, ceiling: 600_000 }], { bitsPerSecond: 9e6, redundancy: 0 });
  t.equal(held?.reason, 'bandwidth', 'the reason stays what it was');
  const gone = { ...demand, layers: simulcast([true, false, false]), ceiling: 600_000 };
  t.same(dealt([gone], 9_000_000), ['0.2']);
  const only = { ...demand, layers: simulcast([false, false, true]), ceiling: 600_000 };
  t.same(dealt([only], 9_000_000), ['2.2'], 'what it had is gone');
});

t.test('a new wish is told as the reason, also after the line had held the picture back', async (t) => {
  const target = { spatialLayer: 1, temporalLayer: 2, reason: 'bandwidth' as const };
  const budget = { bitsPerSecond: 9_000_000, redundancy: 0 };
  const after = (wanted: WantedLayers, before: WantedLayers) =>
    allocateLayers([{ layers: simulcast(), wanted, previous: { target, wanted: before } }], budget)[0];
  t.same(after({ maxHeight: 180 }, {}), { spatialLayer: 0, temporalLayer: 2, reason: 'wanted' });
  t.same(after({}, { maxHeight: 360 }), { spatialLayer: 2, temporalLayer: 2, reason: 'wanted' });
  t.same(
    after({}, {}),
    { spatialLayer: 2, temporalLayer: 2, reason: 'bandwidth' },
    'the line carries it again',
  );
});

t.test('a layer not measured yet is taken to cost what such layers do', async (t) => {
  const layers = simulcast().map((layer) => ({ ...layer, rates: [0, 0, 0] }));
  t.same(dealt([{ layers, wanted: {} }], 400_000), ['0.2']);
  t.same(dealt([{ layers, wanted: {} }], 1_000_000), ['1.2']);
  t.same(dealt([{ layers, wanted: {} }], 2_000_000), ['2.2']);
});

t.test('what all wishes and all targets cost', async (t) => {
  const demands = [
    { layers: simulcast(), wanted: {} },
    { layers: simulcast([false, false, false]), wanted: {} },
  ];
  const targets = allocateLayers(demands, { bitsPerSecond: 600_000, redundancy: 0 });
  t.same(demands.map(costOfWish), [1_700_000, 0]);
  t.same([costOfTarget(demands[0]!, targets[0]!), costOfTarget(demands[1]!, targets[1]!)], [500_000, 0]);
});
