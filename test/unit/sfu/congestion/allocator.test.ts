import t from 'tap';
import type { WantedLayers } from '../../../../src/sfu/commands.ts';
import {
  type AvailableLayer,
  allocateLayers,
  type LayerDemand,
} from '../../../../src/sfu/congestion/allocator.ts';

function simulcast(
  active: readonly boolean[] = [true, true, true],
  heights = [180, 360, 720],
): AvailableLayer[] {
  const rates = [150_000, 500_000, 1_700_000];
  return active.map((isActive, spatialLayer) => ({
    spatialLayer,
    temporalLayers: 3,
    height: heights[spatialLayer]!,
    bitsPerSecond: rates[spatialLayer]!,
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

t.test('with a limit everybody keeps the smallest, and the rest is dealt out step by step', async (t) => {
  const demands = [
    { layers: simulcast(), wanted: {} },
    { layers: simulcast(), wanted: { maxHeight: 360 } },
  ];
  for (const [bitsPerSecond, expected] of [
    [0, [0, 0]],
    [300_000, [0, 0]],
    [650_000, [1, 0]],
    [1_000_000, [1, 1]],
    [2_199_999, [1, 1]],
    [2_200_000, [2, 1]],
    [9_000_000, [2, 1]],
  ] as const) {
    const targets = allocateLayers(demands, bitsPerSecond);
    t.same(
      targets.map((target) => target.spatialLayer),
      expected,
      `${bitsPerSecond} bit/s`,
    );
    t.equal(targets[0]?.reason, expected[0] < 2 ? 'bandwidth' : 'start');
  }
});
