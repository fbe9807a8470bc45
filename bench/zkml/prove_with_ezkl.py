"""Proves one ONNX model with EZKL and prints one JSON object: seconds of each step, and seconds of CPU of all threads. Use: prove_with_ezkl.py MODEL.onnx INPUT.json FOLDER PROOFS"""
import asyncio, inspect, json, os, sys, time
import ezkl

async def call(function, *args, **kwargs):
    result = function(*args, **kwargs)
    return await result if inspect.isawaitable(result) else result

async def main(model, data, folder, count):
    at = lambda name: os.path.join(folder, name)
    seconds, cpu = {}, {}
    async def step(name, function, *args, **kwargs):
        started, busy = time.perf_counter(), time.process_time()
        result = await call(function, *args, **kwargs)
        seconds[name], cpu[name] = time.perf_counter() - started, time.process_time() - busy
        return result
    args = ezkl.PyRunArgs()
    args.input_visibility, args.output_visibility, args.param_visibility = "public", "public", "fixed"
    args.variables = [("batch_size", 1), ("N", 1), ("batch", 1)]
    await step("settings", ezkl.gen_settings, model, at("settings.json"), py_run_args=args)
    await step("calibrate", ezkl.calibrate_settings, data, model, at("settings.json"), "resources")
    await step("compile", ezkl.compile_circuit, model, at("model.ezkl"), at("settings.json"))
    logrows = json.load(open(at("settings.json")))["run_args"]["logrows"]
    await step("srs", ezkl.gen_srs, at("srs"), logrows)
    await step("setup", ezkl.setup, at("model.ezkl"), at("vk"), at("pk"), at("srs"))
    await step("witness", ezkl.gen_witness, data, at("model.ezkl"), at("witness.json"))
    proves = []
    for _ in range(int(count)):
        await step("prove", ezkl.prove, at("witness.json"), at("model.ezkl"), at("pk"), at("proof.json"), at("srs"))
        proves.append((seconds["prove"], cpu["prove"]))
    seconds["prove"], cpu["prove"] = (sorted(taken)[len(proves) // 2] for taken in zip(*proves))
    ok = await step("verify", ezkl.verify, at("proof.json"), at("settings.json"), at("vk"), at("srs"))
    print(json.dumps({"version": ezkl.__version__ if hasattr(ezkl, "__version__") else None, "logrows": logrows, "ok": bool(ok), "proof_bytes": os.path.getsize(at("proof.json")), "seconds": seconds, "cpu": cpu}))

asyncio.run(main(*sys.argv[1:]))
